import Foundation
import Keel
import TestSupport
import Testing

@Suite("CSV files")
struct CSVTests {
  private func decode(
    _ text: String, _ options: CSV.Options = .init()
  ) throws -> CSV.Table<Double> {
    try CSV.decode(Array(text.utf8), options: options)
  }

  @Test(
    "Layouts of the same table",
    arguments: [
      "a,b\n1,2\n3,4\n", "a,b\r\n1,2\r\n3,4", "a,b\r1,2\r3,4\r", "\u{FEFF}a,b\n1,2\n3,4\n",
      "\n\na,b\n\n1,2\n  \n3,4\n\n", "\"a\",\"b\"\n\"1\",2\n3, \"4\" \n", "a,b\n 1 ,\t2\n+3.0,0.4e1\n",
    ])
  func layouts(text: String) throws {
    let expected = CSV.Table<Double>(header: ["a", "b"], values: [[1, 2], [3, 4]])
    #expect(try decode(text) == expected)
    #expect(try CSV.decode(gzip(Array(text.utf8))) == expected)
  }

  @Test("Headers, delimiters, comments, missing values")
  func options() throws {
    #expect(try decode("1,2\n3,4").header == nil)
    #expect(try decode("1,2\n3,4", .init(header: .present)).header == ["1", "2"])
    #expect(throws: InterchangeError.self) { try decode("a,b\n3,4", .init(header: .absent)) }
    #expect(try decode("1;2\n3;4", .init(delimiter: ";")).values == [[1, 2], [3, 4]])
    #expect(try decode("1\t2\n3\t4", .init(delimiter: "\t")).values == [[1, 2], [3, 4]])
    #expect(try decode("# x\n1,2\n#\n3,4", .init(comment: "#")).values == [[1, 2], [3, 4]])
    let missing = try decode("a,b\n,2\n3,", .init(readsEmptyAsNaN: true)).values
    #expect(missing[0, 0].isNaN && missing[0, 1] == 2 && missing[1, 0] == 3 && missing[1, 1].isNaN)
    #expect(try decode("\"x \"\"y\"\", z\",\"two\nlines\"\n1,2").header == ["x \"y\", z", "two\nlines"])
    let empty = try decode("")
    #expect(empty.header == nil && empty.values.rows == 0 && empty.values.columns == 0)
    let onlyHeader = try decode("a,b\n")
    #expect(onlyHeader.header == ["a", "b"] && onlyHeader.values.rows == 0 && onlyHeader.values.columns == 2)
  }

  @Test("Special values")
  func special() throws {
    let values = try decode("nan,NaN,-nan,inf,-Inf,+INFINITY,-0,.5,5.,1E3").values.elements
    #expect(values[..<3].allSatisfy { $0.isNaN })
    #expect(Array(values[3...]) == [.infinity, -.infinity, .infinity, 0, 0.5, 5, 1000])
    #expect(values[6].sign == .minus)
  }

  @Test(
    "What is no number, and where",
    arguments: [
      ("1,2\n3,x", 2, 2, "'x'"), ("a,b\n1,2\n\n1,", 4, 2, "an empty field"), ("1,2\n3", 2, 2, "1"),
      ("1,2\n3,4,5", 2, 3, "3"), ("1,2\r\n0x1,4", 2, 1, "'0x1'"), ("1,2\n1_0,4", 2, 1, "'1_0'"),
      ("1,2\n1e999,4", 2, 1, "'1e999'"), ("1,2\n1e,4", 2, 1, "'1e'"), ("1,2\n1 2,4", 2, 1, "'1 2'"),
      ("1,2\n--1,4", 2, 1, "'--1'"), ("1,2\n.,4", 2, 1, "'.'"), ("1,2\n\"3\"x,4", 2, 1, "'x'"),
      ("1,2\n3,\"4", 2, 2, "the end of the file"), ("1,2\n3,\u{0}", 2, 2, "'?'"),
      ("a,\"b\nc\"\n1,z", 3, 2, "'z'"),
    ] as [(String, Int, Int, String)])
  func errors(text: String, line: Int, column: Int, found: String) throws {
    let error = #expect(throws: InterchangeError.self) { try decode(text) }
    guard case .malformedText(_, line, column, _, found) = error else {
      Issue.record("\(text.debugDescription): \(error?.description ?? "no error")")
      return
    }
  }

  @Test("Numbers come back bit for bit", arguments: 0..<8)
  func roundTrip(seed: UInt64) throws {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func random() -> UInt64 {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return state
    }
    // All bit patterns, and numbers with few digits, which take the fast way.
    let doubles = (0..<4000).map { index -> Double in
      index % 2 == 0
        ? Double(bitPattern: random())
        : Double(Int64(bitPattern: random()) >> 20) / [1, 10, 1e3, 1e9][index / 2 % 4]
    }.filter { !$0.isNaN }
    let floats = doubles.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0.bitPattern)) }.filter {
      !$0.isNaN
    }
    let text = CSV.encode(Matrix(column: doubles), header: ["x"])
    let back: CSV.Table<Double> = try CSV.decode(text)
    #expect(back.header == ["x"])
    #expect(back.values.elements.map(\.bitPattern) == doubles.map(\.bitPattern), "seed \(seed)")
    let single: CSV.Table<Float> = try CSV.decode(CSV.encode(Matrix(column: floats)))
    #expect(single.values.elements.map(\.bitPattern) == floats.map(\.bitPattern), "seed \(seed)")
    // Decimal texts with all numbers of digits, against the standard library.
    for _ in 0..<2000 {
      let digits = String(random()).prefix(1 + Int(random() % 19))
      let text = "\(digits.prefix(Int(random() % 20))).\(digits)e\(Int(random() % 30) - 20)"
      let read: CSV.Table<Float> = try CSV.decode(Array(text.utf8))
      #expect(read.values[0, 0] == Float(text), "\(text)")
      let wide: CSV.Table<Double> = try CSV.decode(Array(text.utf8))
      #expect(wide.values[0, 0] == Double(text), "\(text)")
    }
  }

  @Test("Files, whole and by rows", arguments: ["x.csv", "x.csv.gz"])
  func files(name: String) throws {
    let values = Matrix<Double>(rows: 5000, columns: 7) { Double($0) + Double($1) / 8 }
    let header = ["a", "b c", "d,e", "f\"g", "h\ni", " j", ""]
    try withTemporaryFile(name) { path in
      try CSV.write(values, header: header, to: path)
      let table = try CSV.read(path, as: Double.self)
      #expect(table == CSV.Table(header: header, values: values))
      let reader = try CSVReader(path)
      #expect(reader.columnCount == 7 && reader.header == header)
      var collected: [Double] = []
      while let part: Matrix<Double> = try reader.readRows(999) { collected += part.elements }
      #expect(collected == values.elements)
    }
  }

  @Test("A file written by rows is the file written whole", arguments: ["x.csv", "x.csv.gz"])
  func writer(name: String) throws {
    let values = Matrix<Float>(rows: 3000, columns: 7) { $0 == $1 ? .nan : Float($0) / Float($1 + 1) }
    let header = ["a", "b c", "d,e", "f\"g", "h\ni", " j", ""]
    try withTemporaryFile(name) { path in
      let writer = try CSVWriter<Float>(path, columnCount: 7, header: header)
      for start in stride(from: 0, to: 3000, by: 700) {
        try writer.append(Matrix(values[start..<min(start + 700, 3000), 0..<7]))
      }
      try writer.finish()
      let written = try contents(of: path)
      try CSV.write(values, header: header, to: path)
      #expect(try contents(of: path) == written)
      if name == "x.csv" { #expect(written == CSV.encode(values, header: header)) }
    }
  }

  @Test("An open file gets the same text, and stays open")
  func descriptor() throws {
    let values = Matrix<Double>(rows: 2, columns: 2) { Double($0 - $1) }
    try withTemporaryFile("x.csv", []) { path in
      let file = try #require(FileHandle(forWritingAtPath: path))
      for _ in 0..<2 {
        let writer = try CSVWriter<Double>(
          descriptor: file.fileDescriptor, name: "a file", columnCount: 2, header: ["a", "b"])
        try writer.append(values)
        try writer.finish()
      }
      try file.close()
      let text = CSV.encode(values, header: ["a", "b"])
      #expect(try contents(of: path) == text + text)
    }
    let closed = try CSVWriter<Double>(descriptor: -1, name: "nothing", columnCount: 2)
    let error = #expect(throws: InterchangeError.self) { try closed.append(values) }
    #expect(error?.file == "nothing")
  }
}
