import Keel

/// The numbers of a plot as a table, and where in it each series is.
struct PlotTable: Sendable, Equatable {
  /// The names of the columns.
  let header: [String]
  /// The numbers; not-a-number where a series has none.
  let values: Matrix<Double>
  /// For each series the columns of its horizontal and vertical values, counted from 0; empty for a map.
  let columns: [(x: Int, y: Int)]

  /// The table as CSV with a line of names, in UTF-8.
  var csv: [UInt8] { CSV.encode(values, header: header) }

  static func == (a: PlotTable, b: PlotTable) -> Bool {
    // Bit patterns, because not-a-number is a value like any other here.
    a.header == b.header && a.values.rows == b.values.rows
      && a.values.elements.map(\.bitPattern) == b.values.elements.map(\.bitPattern)
      && a.columns.elementsEqual(b.columns) { $0 == $1 }
  }
}

extension Plot {
  /// The plot's numbers.
  ///
  /// Series with equal horizontal values share one column of them, so that curves over one grid make the
  /// table that a reader expects; shorter columns end in not-a-number. A map has a row a cell.
  var table: PlotTable {
    switch content {
    case .series(let series): table(of: series)
    case .map(let map): table(of: map)
    }
  }

  private func table(of series: [Series]) -> PlotTable {
    struct Grid {
      let values: [Double]
      let column: Int
    }
    var header: [String] = []
    var data: [[Double]] = []
    var grids: [Grid] = []
    var columns: [(x: Int, y: Int)] = []
    let grid = series.map { $0.points.map(\.x) }
    let isShared = Set(grid).count <= 1
    for (series, xs) in zip(series, grid) {
      let x: Int
      if let known = grids.first(where: { $0.values == xs }) {
        x = known.column
      } else {
        x = header.count
        grids.append(Grid(values: xs, column: x))
        // With several grids, each is named after its first series.
        header.append(isShared ? self.x.text : "\(self.x.text) of \(series.name)")
        data.append(xs)
      }
      columns.append((x, header.count))
      header.append(series.name)
      data.append(series.points.map(\.y))
    }
    let rows = data.map(\.count).max() ?? 0
    let values = Matrix(rows: rows, columns: header.count) { i, j in
      i < data[j].count ? data[j][i] : Double.nan
    }
    return PlotTable(header: header, values: values, columns: columns)
  }

  private func table(of map: CategoryMap) -> PlotTable {
    let legend = map.categories.enumerated().map { "\($0) = \($1.name)" }.joined(separator: ", ")
    let header =
      [
        x.text, y.text, "left edge", "right edge", "lower edge", "upper edge", "category (\(legend))",
      ] + map.valueNames
    let values = Matrix(rows: map.cells.count, columns: header.count) { i, j in
      let cell = map.cells[i]
      return switch j {
      case 0: cell.center.x
      case 1: cell.center.y
      case 2: cell.x.lowerBound
      case 3: cell.x.upperBound
      case 4: cell.y.lowerBound
      case 5: cell.y.upperBound
      case 6: Double(cell.category)
      default: cell.values[j - 7]
      }
    }
    return PlotTable(header: header, values: values, columns: [])
  }
}
