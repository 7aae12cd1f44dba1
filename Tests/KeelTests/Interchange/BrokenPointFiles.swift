/// Files of points that are wrong in one place.
extension BrokenFile {
  private static func off(_ fault: String, _ expected: String, _ field: String, _ text: String) -> BrokenFile
  {
    BrokenFile(.off, fault, expected, field, Array(text.utf8))
  }

  private static func xyz(_ fault: String, _ expected: String, _ field: String, _ text: String) -> BrokenFile
  {
    BrokenFile(.xyz, fault, expected, field, Array(text.utf8))
  }

  /// A polygon file with this header, after its first two lines, and this body.
  static func ply(_ lines: String, _ body: [UInt8], format: String = "ascii") -> [UInt8] {
    Array("ply\nformat \(format) 1.0\n\(lines)end_header\n".utf8) + body
  }

  private static func ply(
    _ fault: String, _ expected: String, _ field: String, _ lines: String, _ body: String = "",
    format: String = "ascii"
  ) -> BrokenFile {
    BrokenFile(.ply, fault, expected, field, ply(lines, Array(body.utf8), format: format))
  }

  /// Two vertices of bytes.
  static let pair = "element vertex 2\nproperty char x\nproperty char y\nproperty char z\n"

  static let pointFiles: [BrokenFile] = [
    off("empty", "wrongFormat", "", ""),
    off("comments only", "wrongFormat", "", "# nothing\n\n"),
    off("another word", "wrongFormat", "", "MESH\n1 0 0\n0 0 0\n"),
    off("numbers only", "wrongFormat", "", "1 0 0\n0 0 0\n"),
    off("letters in another order", "wrongFormat", "", "NCOFF\n1 0 0\n0 0 0\n"),
    off("homogeneous coordinates", "unsupported", "header", "4OFF\n1 0 0\n0 0 0 1\n"),
    off("binary", "unsupported", "header", "OFF BINARY\n"),
    off("no counts", "malformedText", "line 2, column 1", "OFF\n"),
    off("a count that is a word", "malformedText", "line 2, column 1", "OFF\nmany 0 0\n"),
    off("a negative count", "malformedText", "line 2, column 2", "OFF\n1 -1 0\n0 0 0\n"),
    off("a count with a point", "malformedText", "line 2, column 1", "OFF\n1.0 0 0\n0 0 0\n"),
    off("a count beyond 64 bits", "malformedText", "line 2, column 1", "OFF\n99999999999999999999 0 0\n"),
    off("a huge count", "malformedText", "line 4, column 1", "OFF\n9000000000000000000 0 0\n0 0 0\n"),
    off("too few vertices", "malformedText", "line 4, column 1", "OFF\n2 0 0\n0 0 0\n"),
    off("a vertex of two numbers", "malformedText", "line 3, column 3", "OFF\n1 0 0\n0 0\n"),
    off("a vertex with a word", "malformedText", "line 3, column 2", "OFF\n1 0 0\n0 x 0\n"),
    off("a vertex beyond the range", "malformedText", "line 3, column 1", "OFF\n1 0 0\n1e999 0 0\n"),
    off("too few faces", "malformedText", "line 4, column 1", "OFF\n1 1 0\n0 0 0\n"),
    off("a face of a vertex too much", "malformedText", "line 4, column 3", "OFF\n1 1 0\n0 0 0\n2 0 1\n"),
    off("a face that ends early", "malformedText", "line 4, column 1", "OFF\n1 1 0\n0 0 0\n3 0 0\n"),
    off("a face of a negative vertex", "malformedText", "line 4, column 2", "OFF\n1 1 0\n0 0 0\n1 -1\n"),
    off("a face without vertices to have", "malformedText", "line 3, column 2", "OFF\n0 1 0\n1 0\n"),
    off("no dimension", "malformedText", "line 2, column 1", "nOFF\n"),
    off("dimension 0", "malformedText", "line 2, column 1", "nOFF\n0\n1 0 0\n\n"),
    off("a huge dimension", "malformedText", "line 4, column 2", "nOFF\n9000000000000000000\n1 0 0\n0\n"),
    BrokenFile(.off, "UTF-16", "unsupported", "text encoding", [0xFF, 0xFE, 0x4F, 0]),
    BrokenFile(
      .off, "a word without end", "tooLarge", "line 1, column 1", [UInt8](repeating: 0x4F, count: 100_000)),
    BrokenFile(.off, "gzip: cut", "corrupt", "gzip stream", gzip(Array("OFF\n0 0 0\n".utf8)).dropLast(4)),

    xyz("words", "malformedText", "line 1, column 1", "x y z\n"),
    xyz("one number", "malformedText", "line 1, column 2", "1.5\n"),
    xyz("a short row", "malformedText", "line 2, column 3", "0 0 0\n0 0\n"),
    xyz("a long row", "malformedText", "line 3, column 4", "0 0 0\n\n0 0 0 1\n"),
    xyz("a word in a row", "malformedText", "line 2, column 3", "0 0 0\n0 0 x\n"),
    xyz("no comment", "malformedText", "line 2, column 1", "1\n"),
    xyz("too few atoms", "malformedText", "line 4, column 1", "2\n\nH 0 0 0\n"),
    xyz("an atom without symbol", "malformedText", "line 3, column 4", "1\n\n0 0 0\n"),
    xyz("an atom of two coordinates", "malformedText", "line 3, column 4", "1\n\nH 0 0\n"),
    xyz("an atom with words", "malformedText", "line 3, column 2", "1\n\nH a 0 0\n"),
    xyz("a symbol of control characters", "malformedText", "line 3, column 1", "1\n\n\u{1} 0 0 0\n"),
    xyz("a negative count", "malformedText", "line 1, column 1", "-1\n\n"),
    xyz("a huge count", "malformedText", "line 4, column 1", "9000000000000000000\n\nH 0 0 0\n"),
    xyz("text after a molecule", "malformedText", "line 4, column 1", "1\n\nH 0 0 0\nend\n"),

    BrokenFile(.ply, "empty", "wrongFormat", "", []),
    BrokenFile(.ply, "another first line", "wrongFormat", "", Array("PLY\n".utf8)),
    BrokenFile(.ply, "the first line only", "malformedText", "line 2, column 1", Array("ply\n".utf8)),
    BrokenFile(
      .ply, "no format", "malformedText", "line 2, column 1", Array("ply\nend_header\n".utf8)),
    ply("an unknown format", "malformedText", "line 2, column 2", pair, format: "binary"),
    BrokenFile(.ply, "version 2", "unsupported", "format", Array("ply\nformat ascii 2.0\nend_header\n".utf8)),
    BrokenFile(
      .ply, "a format of two words", "malformedText", "line 2, column 3", Array("ply\nformat ascii\n".utf8)),
    ply("an unknown line", "malformedText", "line 3, column 1", "vertices 2\n"),
    ply("no elements", "malformed", "header", ""),
    ply("other elements only", "malformed", "header", "element face 0\n"),
    ply("no coordinates", "malformed", "header", "element vertex 0\nproperty float a\n"),
    ply(
      "a coordinate that is a list", "malformed", "header",
      "element vertex 0\nproperty float x\nproperty list int int y\n"),
    ply("a property of nothing", "malformedText", "line 3, column 1", "property float x\n"),
    ply("a property of no type", "malformedText", "line 4, column 2", "element vertex 1\nproperty real x\n"),
    ply("a property without name", "malformedText", "line 4, column 3", "element vertex 1\nproperty int\n"),
    ply("a list without name", "malformedText", "line 4, column 5", "element a 1\nproperty list int int\n"),
    ply(
      "a list counted by reals", "malformedText", "line 4, column 3",
      "element a 1\nproperty list float int b\n"),
    ply("a negative count", "malformedText", "line 3, column 3", "element vertex -1\n"),
    ply("an element without count", "malformedText", "line 3, column 3", "element vertex\n"),
    ply("too few vertices", "malformedText", "line 9, column 1", pair, "0 0 0\n"),
    ply("a vertex of two numbers", "malformedText", "line 8, column 3", pair, "0 0\n0 0 0\n"),
    ply("a vertex of four numbers", "malformedText", "line 8, column 4", pair, "0 0 0 0\n0 0 0\n"),
    ply("a vertex with a word", "malformedText", "line 8, column 3", pair, "0 0 z\n0 0 0\n"),
    ply("too few things before", "malformedText", "line 9, column 1", "element face 1\n" + pair, ""),
    ply(
      "a list that runs over", "malformedText", "line 8, column 6",
      "element vertex 1\nproperty list int int a\nproperty int x\nproperty int y\n", "3 1 2 3 4\n"),
    ply(
      "binary: too few bytes", "truncated", "element vertex", pair, "12345", format: "binary_little_endian"),
    ply(
      "binary: a huge count", "tooLarge", "element vertex",
      "element vertex 9000000000000000000\nproperty int x\nproperty int y\n", format: "binary_big_endian"),
    ply(
      "binary: a large claim", "truncated", "element vertex",
      "element vertex 90000000000\nproperty int x\nproperty int y\n", "12", format: "binary_big_endian"),
    ply(
      "binary: a list before", "unsupported", "element face",
      "element face 1\nproperty list int int a\n" + pair, format: "binary_big_endian"),
    ply(
      "binary: a list in vertices", "unsupported", "element vertex",
      pair + "property list int int a\n", format: "binary_little_endian"),
  ]

  /// Small valid files.
  static let validPointFiles: [(format: BrokenFile.Format, bytes: [UInt8])] = [
    (.off, Array("OFF\n3 1 0\n0 0 0\n1 0 0.5\n0 1e1 0\n3 0 1 2\n".utf8)),
    (.off, Array("CnOFF # a comment\n2\n2 0\n1 2 0 0 0 1\n\n3 4 0 0 0 1\n".utf8)),
    (.off, gzip(Array("OFF 1 0 0\n1 2 3".utf8))),
    (.xyz, Array("2\n\nH 0 0 0\nO 1 -2 3\n1\nsecond\nC 0 0 0 0.5\n".utf8)),
    (.xyz, Array("# x y z nx ny nz\n0 1 2 3 4 5\r\n1 2 3 4 5 6\r\n".utf8)),
    (.ply, ply("element a 1\nproperty list uchar int b\n" + pair, Array("2 7 8\n1 2 3\n4 5 6\n".utf8))),
    (.ply, ply(pair, [1, 2, 3, 255, 10, 13], format: "binary_little_endian")),
  ]
}
