/// A piece of a page: elements that are closed, attributes in quotes and text that is escaped.
///
/// Markup is both HTML and XML, so that any XML parser can check a page.
struct Markup: Sendable, Equatable, ExpressibleByStringLiteral {
  /// The source text.
  let source: String

  /// Source text that is known to be well-formed.
  init(trusted source: String) { self.source = source }

  /// A literal is text, not source.
  init(stringLiteral text: String) { self = .text(text) }

  /// Nothing.
  static let none = Markup(trusted: "")

  /// Text to read.
  static func text(_ text: String) -> Markup { Markup(trusted: escaped(text)) }

  /// An element with attributes and content.
  ///
  /// - Parameters:
  ///   - name: the name of the element.
  ///   - attributes: names and values.
  ///   - content: what is inside; an element of a kind that can hold nothing has none.
  static func element(
    _ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ content: [Markup] = []
  ) -> Markup {
    let attributes = attributes.map { " \($0.key)=\"\(escaped($0.value))\"" }.joined()
    if void.contains(name) { return Markup(trusted: "<\(name)\(attributes)/>") }
    let inside = content.map(\.source).joined()
    // Line breaks between blocks only: within a line they would be spaces, in `pre` they would show.
    let end = blocks.contains(name) ? "\n" : ""
    return Markup(trusted: "<\(name)\(attributes)>\(inside)</\(name)>\(end)")
  }

  /// Elements that hold nothing.
  private static let void: Set<String> = ["meta", "link", "br", "hr", "img"]

  /// Elements after which a line of the source ends.
  private static let blocks: Set<String> = [
    "article", "aside", "dd", "div", "dl", "dt", "figcaption", "figure", "footer", "h1", "h2", "h3", "head",
    "header", "li", "main", "nav", "ol", "p", "pre", "section", "style", "table", "tbody", "td", "th",
    "thead",
    "title", "tr", "ul",
  ]

  /// Text in which nothing is markup, in content as well as in attributes.
  ///
  /// Control characters other than a tab and line breaks have no place in XML and are replaced by the
  /// character that stands for unreadable ones.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default:
        result.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
      }
    }
    return result
  }
}

extension Markup {
  /// A table with headings in a container of its own, which scrolls where the page is too narrow.
  ///
  /// - Parameters:
  ///   - caption: what the table holds, for who cannot see it.
  ///   - headings: the headings, and whether a column holds numbers.
  ///   - rows: the cells, row after row; the first of each is the heading of the row.
  static func table(
    caption: String, headings: [(text: String, isNumeric: Bool)], rows: [[Markup]]
  ) -> Markup {
    func attributes(_ isNumeric: Bool, scope: String) -> KeyValuePairs<String, String> {
      isNumeric ? ["scope": scope, "class": "number"] : ["scope": scope]
    }
    let head = headings.map { Markup.element("th", attributes($0.isNumeric, scope: "col"), [.text($0.text)]) }
    let body = rows.map { cells in
      Markup.element(
        "tr", [:],
        zip(cells, headings).enumerated().map { index, pair in
          let (cell, heading) = pair
          if index == 0 { return .element("th", attributes(heading.isNumeric, scope: "row"), [cell]) }
          return .element("td", heading.isNumeric ? ["class": "number"] : [:], [cell])
        })
    }
    // A region that scrolls must be reachable by the keyboard, and then needs a name.
    return .element(
      "div", ["class": "scroll", "role": "region", "aria-label": caption, "tabindex": "0"],
      [
        .element(
          "table", [:],
          [
            .element("thead", [:], [.element("tr", [:], head)]), .element("tbody", [:], body),
          ])
      ])
  }

  /// A command in a box that scrolls by itself.
  static func command(_ line: String) -> Markup {
    .element("pre", ["tabindex": "0"], [.element("code", [:], [.text(line)])])
  }

  /// A list of terms and what they mean.
  static func definitions(_ entries: [(term: String, meaning: [Markup])]) -> Markup {
    .element(
      "dl", [:],
      entries.flatMap { entry in
        [.element("dt", [:], [.text(entry.term)]), .element("dd", [:], entry.meaning)]
      })
  }
}
