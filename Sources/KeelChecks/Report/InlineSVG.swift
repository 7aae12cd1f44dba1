import Foundation

/// A picture that gnuplot drew, made fit to stand in a page among others.
///
/// - The picture is as wide as its place: it has a view box and no size.
/// - Black becomes the color of the text and every color of the palette a variable of the style sheet, so
///   that a dark page shows it well.
/// - Identifiers, which gnuplot gives to every picture alike, get the picture's name.
/// - It has a title and a description for who cannot see it.
struct InlineSVG {
  /// The markup.
  let markup: Markup

  /// - Parameters:
  ///   - text: what gnuplot wrote.
  ///   - id: a name that no other picture of the page has: letters, digits and hyphens.
  ///   - title: what the picture shows, in a few words.
  ///   - description: what the picture shows.
  /// - Returns: `nil` if the text is not a picture.
  init?(_ text: String, id: String, title: String, description: String) {
    guard let start = text.range(of: "<svg"), let box = Self.viewBox(text[start.lowerBound...]),
      let open = text.range(of: ">", range: start.upperBound..<text.endIndex),
      let end = text.range(of: "</svg>", options: .backwards), open.upperBound <= end.lowerBound
    else { return nil }
    var body = String(text[open.upperBound..<end.lowerBound])
    for tag in ["title", "desc"] {
      // The first of each is about gnuplot; later titles name the curves.
      guard let first = body.range(of: "<\(tag)>"), let last = body.range(of: "</\(tag)>\n"),
        first.lowerBound < last.lowerBound
      else { continue }
      body.removeSubrange(first.lowerBound..<last.upperBound)
    }
    for quote in ["'", "\""] {
      body = body.replacingOccurrences(of: " id=\(quote)", with: " id=\(quote)\(id)-")
      body = body.replacingOccurrences(of: "href=\(quote)#", with: "href=\(quote)#\(id)-")
      for attribute in ["stroke", "fill", "color"] {
        for (written, replacement) in Self.colors {
          body = body.replacingOccurrences(
            of: " \(attribute)=\(quote)\(written)\(quote)",
            with: " \(attribute)=\(quote)\(replacement)\(quote)")
        }
      }
    }
    body = body.replacingOccurrences(of: "url(#", with: "url(#\(id)-")
    body = body.replacing(/\s*<g [^<>]*>\s*<\/g>/, with: "")
    markup = .element(
      "svg",
      [
        "xmlns": "http://www.w3.org/2000/svg", "xmlns:xlink": "http://www.w3.org/1999/xlink",
        "viewBox": box, "role": "img", "aria-labelledby": "\(id)-title \(id)-description",
      ],
      [
        .element("title", ["id": "\(id)-title"], [.text(title)]),
        .element("desc", ["id": "\(id)-description"], [.text(description)]),
        Markup(trusted: body),
      ])
  }

  /// The value of the view box, if it is four numbers.
  private static func viewBox(_ text: Substring) -> String? {
    guard let start = text.range(of: "viewBox=\""),
      let end = text.range(of: "\"", range: start.upperBound..<text.endIndex)
    else { return nil }
    let value = text[start.upperBound..<end.lowerBound]
    let numbers = value.split(separator: " ").compactMap { Double($0) }
    return numbers.count == 4 ? String(value) : nil
  }

  /// What gnuplot calls the colors, and what the page calls them.
  private static let colors: [(String, String)] =
    Plot.Color.allCases.map { color in (written(color.rawValue), color.variable) }
    + [("black", "currentColor"), ("gray", "var(--grid)")]

  /// A color such as `#0072B2` as gnuplot writes it: `rgb(  0, 114, 178)`.
  private static func written(_ color: String) -> String {
    let value = UInt32(color.dropFirst(), radix: 16) ?? 0
    return String(format: "rgb(%3d, %3d, %3d)", Int(value >> 16), Int(value >> 8 & 255), Int(value & 255))
  }
}

extension Plot.Color {
  /// The color in a style sheet.
  var variable: String { self == .plain ? "currentColor" : "var(--\(self))" }
}
