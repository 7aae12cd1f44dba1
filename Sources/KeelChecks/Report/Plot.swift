/// A plot as a value: what is to be seen, with its numbers, and not how it is drawn.
///
/// ```swift
/// let plot = Plot(
///   title: "Error along training", caption: "One problem.",
///   x: Plot.Axis("training time", unit: "1/λ₁", scale: .logarithmic), y: Plot.Axis("error"),
///   series: [Plot.Series("fine-tuning", .line(.solid), .vermillion, points)])
/// ```
public struct Plot: Sendable, Equatable {
  /// What the plot shows, in a few words.
  public var title: String
  /// What the plot shows, how it was made and what a reader sees in it, in sentences.
  public var caption: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn.
  public var content: Content

  /// A plot of curves and points.
  ///
  /// - Parameters:
  ///   - title: what it shows, in a few words.
  ///   - caption: what it shows, in sentences.
  ///   - x: the horizontal axis.
  ///   - y: the vertical axis.
  ///   - series: the curves, in the order of the legend.
  public init(title: String, caption: String, x: Axis, y: Axis, series: [Series]) {
    (self.title, self.caption, self.x, self.y) = (title, caption, x, y)
    content = .series(series)
  }

  /// A map whose cells are colored by category, such as a phase diagram.
  ///
  /// - Parameters:
  ///   - title: what it shows, in a few words.
  ///   - caption: what it shows, in sentences.
  ///   - x: the horizontal axis.
  ///   - y: the vertical axis.
  ///   - map: the cells and their categories.
  public init(title: String, caption: String, x: Axis, y: Axis, map: CategoryMap) {
    (self.title, self.caption, self.x, self.y) = (title, caption, x, y)
    content = .map(map)
  }

  /// What a plot draws.
  public enum Content: Sendable, Equatable {
    /// Curves and points.
    case series([Series])
    /// A map of categories.
    case map(CategoryMap)
  }

  /// An axis.
  public struct Axis: Sendable, Equatable {
    /// How positions follow from values.
    public enum Scale: Sendable, Equatable {
      /// Equal differences are equally far apart.
      case linear
      /// Equal ratios are equally far apart; values that are not positive are not drawn.
      case logarithmic
    }

    /// The quantity.
    public var label: String
    /// Its unit; `nil` for a pure number.
    public var unit: String?
    /// How positions follow from values.
    public var scale: Scale
    /// The values from edge to edge; `nil` for those that occur.
    public var range: ClosedRange<Double>?

    /// An axis.
    ///
    /// - Parameters:
    ///   - label: the quantity.
    ///   - unit: its unit; `nil` for a pure number.
    ///   - scale: how positions follow from values.
    ///   - range: the values from edge to edge; `nil` for those that occur.
    public init(
      _ label: String, unit: String? = nil, scale: Scale = .linear, range: ClosedRange<Double>? = nil
    ) {
      (self.label, self.unit, self.scale, self.range) = (label, unit, scale, range)
    }

    /// The label with the unit in brackets.
    public var text: String { label + (unit.map { " [\($0)]" } ?? "") }
  }

  /// A place in a plot.
  public struct Point: Sendable, Equatable {
    /// The value on the horizontal axis.
    public var x: Double
    /// The value on the vertical axis; not-a-number leaves a gap.
    public var y: Double

    /// A place in a plot.
    public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
  }

  /// A curve, or a set of points.
  public struct Series: Sendable, Equatable {
    /// The name in the legend, which also heads its column of data.
    public var name: String
    /// How it is drawn.
    public var mark: Mark
    /// Its color.
    public var color: Color
    /// Its points, in the order in which a line connects them.
    public var points: [Point]

    /// A curve, or a set of points.
    ///
    /// - Parameters:
    ///   - name: the name in the legend.
    ///   - mark: how it is drawn.
    ///   - color: its color.
    ///   - points: its points.
    public init(_ name: String, _ mark: Mark, _ color: Color, _ points: [Point]) {
      (self.name, self.mark, self.color, self.points) = (name, mark, color, points)
    }
  }

  /// How a series is drawn. Series of a plot differ by their mark too, not by their color alone.
  public enum Mark: Sendable, Equatable {
    /// Points are connected.
    case line(Dash)
    /// Points are marked.
    case points(Symbol)
    /// Points are marked and connected.
    case linePoints(Dash, Symbol)
    /// A histogram: the height of a point holds up to the next one.
    case steps(Dash)
  }

  /// The dashes of a line.
  public enum Dash: Int, Sendable, CaseIterable {
    /// An unbroken line.
    case solid = 1
    /// A line of dashes.
    case dashed
    /// A line of dots.
    case dotted
    /// A line of dashes and dots.
    case dashDotted
  }

  /// The shape that marks a point.
  public enum Symbol: Int, Sendable, CaseIterable {
    /// A filled circle.
    case disk
    /// A filled square.
    case square
    /// A filled triangle.
    case triangle
    /// A filled square that stands on a corner.
    case diamond
    /// The outline of a circle.
    case circle
    /// A diagonal cross.
    case cross
  }

  /// Colors that people of every color vision tell apart.
  ///
  /// Source: Okabe and Ito (2008), *Color universal design*. Their yellow is left out, because it
  /// vanishes on white.
  public enum Color: String, Sendable, CaseIterable {
    /// The color of the text.
    case plain = "#000000"
    /// Blue.
    case blue = "#0072B2"
    /// Vermillion, between red and orange.
    case vermillion = "#D55E00"
    /// Bluish green.
    case green = "#009E73"
    /// Reddish purple.
    case purple = "#CC79A7"
    /// Orange.
    case orange = "#E69F00"
    /// Sky blue.
    case sky = "#56B4E9"
  }

  /// Rectangles of a plane that are colored by category.
  public struct CategoryMap: Sendable, Equatable {
    /// What a cell may be.
    public struct Category: Sendable, Equatable {
      /// The name in the legend.
      public var name: String
      /// The color of the cell.
      public var color: Color
      /// The shape in the middle of the cell, for who does not see the color.
      public var symbol: Symbol

      /// A category.
      public init(_ name: String, _ color: Color, _ symbol: Symbol) {
        (self.name, self.color, self.symbol) = (name, color, symbol)
      }
    }

    /// A rectangle.
    public struct Cell: Sendable, Equatable {
      /// The place that the cell stands for.
      public var center: Point
      /// From the left to the right edge.
      public var x: ClosedRange<Double>
      /// From the lower to the upper edge.
      public var y: ClosedRange<Double>
      /// The category, by its place in ``CategoryMap/categories``.
      public var category: Int
      /// The numbers that decided, one for each of ``CategoryMap/valueNames``; for the table.
      public var values: [Double]

      /// A rectangle.
      public init(
        center: Point, x: ClosedRange<Double>, y: ClosedRange<Double>, category: Int, values: [Double] = []
      ) {
        (self.center, self.x, self.y) = (center, x, y)
        (self.category, self.values) = (category, values)
      }
    }

    /// What cells may be.
    public var categories: [Category]
    /// The names of the numbers of each cell.
    public var valueNames: [String]
    /// The cells.
    public var cells: [Cell]

    /// A map.
    ///
    /// - Parameters:
    ///   - categories: what cells may be.
    ///   - valueNames: the names of the numbers of each cell.
    ///   - cells: the cells, each with a category that exists and a number for every name.
    public init(categories: [Category], valueNames: [String] = [], cells: [Cell]) {
      precondition(
        cells.allSatisfy { categories.indices.contains($0.category) },
        "A cell of a map has a category that does not exist.")
      precondition(
        cells.allSatisfy { $0.values.count == valueNames.count },
        "Every cell of a map needs one number for each name.")
      (self.categories, self.valueNames, self.cells) = (categories, valueNames, cells)
    }
  }
}

extension Plot {
  /// The plot in words, for who cannot see it: its title, axes and what is drawn.
  public var alternativeText: String {
    func words(_ axis: Axis) -> String {
      axis.text + (axis.scale == .logarithmic ? ", logarithmic" : "")
    }
    let names =
      switch content {
      case .series(let series): series.map(\.name)
      case .map(let map): map.categories.map(\.name)
      }
    return "\(title). Horizontal axis: \(words(x)). Vertical axis: \(words(y)). Shown: "
      + names.joined(separator: "; ") + "."
  }
}
