import Keel
import Testing

@Suite("npy files")
struct NPYTests {
  /// Files as numpy.save wrote them (NumPy 2.4), and what is in them.
  static let numpyFiles: [(name: String, file: String, array: NumericArray)] = [
    (
      "scalar",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKCksIH0gICAgICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAEQA==
      """,
      NumericArray(shape: [], elements: [2.5])
    ),
    (
      "int16",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPGkyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDMsKSwgfSAgICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAP7/AwA=
      """,
      NumericArray([1, -2, 3] as [Int16])
    ),
    (
      "column-major float32",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPGY0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMyksIH0gICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAIA/AACAQAAAAEAAAKBA
      AABAQAAAwEA=
      """,
      NumericArray(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6] as [Float])
    ),
    (
      "bool",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnfGIxJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoBAA==
      """,
      NumericArray(shape: [1, 2], elements: [true, false])
    ),
    (
      "empty",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPHU4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDAsIDMpLCB9ICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo=
      """,
      NumericArray(shape: [0, 3], elements: [] as [UInt64])
    ),
    (
      "big-endian",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPmY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDIsKSwgfSAgICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAo/+AAAAAAAAMAAAAAAAAAA
      """,
      NumericArray([1.5, -2])
    ),
    (
      "half",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPGYyJywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDUsKSwgfSAgICAg
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAr/ewEAAIAAfFU1
      """,
      NumericArray([65504, 0x1p-24, -0.0, .infinity, 0x1.554p-2] as [Float])
    ),
    (
      "big-endian column-major int32",
      """
      k05VTVBZAQB2AHsnZGVzY3InOiAnPmk0JywgJ2ZvcnRyYW5fb3JkZXInOiBUcnVlLCAnc2hhcGUnOiAoMiwgMywgNCksIH0g
      ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAQAAAAIAAAAD
      AAAABAAAAAUAAAAGAAAABwAAAAgAAAAJAAAACgAAAAsAAAAMAAAADQAAAA4AAAAPAAAAEAAAABEAAAASAAAAEwAAABQAAAAV
      AAAAFgAAABc=
      """,
      NumericArray(
        shape: [2, 3, 4],
        elements: [
          0, 6, 12, 18, 2, 8, 14, 20, 4, 10, 16, 22, 1, 7, 13, 19, 3, 9, 15, 21, 5, 11, 17, 23,
        ] as [Int32])
    ),
  ]

  @Test("Files of NumPy are read, and written byte for byte", arguments: numpyFiles.indices)
  func numpy(index: Int) throws {
    let (name, text, array) = Self.numpyFiles[index]
    let file = bytes(base64: text)
    #expect(try NPY.decode(file) == array, "\(name)")
    let header = String(decoding: file[10..<128], as: UTF8.self)
    // Halves are only read.
    guard !header.contains("f2") else { return }
    let options = NPY.WritingOptions(
      isColumnMajor: header.contains("True"), byteOrder: header.contains(">") ? .big : .little)
    #expect(NPY.encode(array, options: options) == file, "\(name)")
  }

  /// One array of each type, with the extreme values.
  static let samples: [NumericArray] = [
    .init(shape: [2, 3], elements: [true, false, false, true, true, false]),
    .init(shape: [3, 2], elements: [0, 1, -1, .min, .max, 5] as [Int8]),
    .init(shape: [1, 2, 3], elements: [0, 1, -1, .min, .max, 5] as [Int16]),
    .init(shape: [3, 2, 1], elements: [0, 1, -1, .min, .max, 5] as [Int32]),
    .init(shape: [6], elements: [0, 1, -1, .min, .max, 5] as [Int64]),
    .init(shape: [2, 3], elements: [0, 1, 2, .min, .max, 5] as [UInt8]),
    .init(shape: [2, 3], elements: [0, 1, 2, .min, .max, 5] as [UInt16]),
    .init(shape: [2, 3], elements: [0, 1, 2, .min, .max, 5] as [UInt32]),
    .init(shape: [2, 3], elements: [0, 1, 2, .min, .max, 5] as [UInt64]),
    .init(shape: [2, 3], elements: [0, -0.0, .infinity, .pi, .leastNonzeroMagnitude, 1e38] as [Float]),
    .init(shape: [3, 2], elements: [0, -0.0, .infinity, .pi, .leastNonzeroMagnitude, 1e308]),
    .init(shape: [], elements: [3.5]),
    .init(shape: [], elements: [7] as [UInt8]),
    .init(shape: [0], elements: [] as [Double]),
    .init(shape: [3, 0, 2], elements: [] as [Float]),
    .init(shape: [2, 1, 3, 1, 4], elements: (0..<24).map { Double($0) }),
  ]

  @Test("Every type, order and version comes back", arguments: samples.indices, NPYHeader.Version.allCases)
  func roundTrip(index: Int, version: NPYHeader.Version) throws {
    let array = Self.samples[index]
    for isColumnMajor in [false, true] {
      for order in [ByteOrder.little, .big] {
        let options = NPY.WritingOptions(isColumnMajor: isColumnMajor, byteOrder: order, version: version)
        let file = NPY.encode(array, options: options)
        #expect(file.count % 64 == array.count * array.elementType.width % 64)
        #expect(try NPY.decode(file) == array, "\(array), column-major \(isColumnMajor), \(order)")
      }
    }
  }

  @Test(
    "Reversing the axes agrees with the definition",
    arguments: [[4, 5], [33, 65], [2, 3, 4], [3, 1, 70, 40]])
  func axes(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    let array = NumericArray(shape: shape, elements: (0..<count).map { Int32($0) })
    let file = NPY.encode(array, options: .init(isColumnMajor: true))
    let stored = file.suffix(4 * count)
    for position in 0..<count {
      // Position in column-major order: the first index fastest.
      var rest = position
      let index = shape.map { extent in
        defer { rest /= extent }
        return rest % extent
      }
      let expected = zip(index, shape).reduce(0) { $0 * $1.1 + $1.0 }
      let start = stored.startIndex + 4 * position
      #expect(Array(stored[start..<start + 4]) == littleEndian(expected, 4))
    }
    #expect(try NPY.decode(file) == array)
  }

  @Test(
    "Headers as other programs write them",
    arguments: [
      #"{"shape":(2,),"descr":"<u2","fortran_order":False}"#,
      "{'descr': '<u2', 'fortran_order': False, 'shape': (2L,), }\n",
      " \t{ 'fortran_order' :\nFalse , 'shape' : ( 2 , ) ,'descr':'<u2' } \n  ",
      "{'shape': (02,), 'descr': '=u2', 'fortran_order': False,}",
    ])
  func headerForms(text: String) throws {
    let expected = NumericArray([258, 772] as [UInt16])
    for version: UInt8 in 1...3 {
      #expect(try NPY.decode(npy(text, data: [2, 1, 4, 3], version: version)) == expected)
    }
  }

  @Test("Halves are exact")
  func halves() throws {
    let data = (0...UInt16.max).flatMap { littleEndian(Int($0), 2) }
    let file = npy("{'descr': '<f2', 'fortran_order': False, 'shape': (65536,)}", data: data)
    let values = try #require(try NPY.decode(file).elements(of: Float.self))
    for (bits, value) in values.enumerated() {
      // value = (-1)^s 2^(e - 25) (1024 + f), or 2^-24 f where e = 0
      let (s, e, f) = (bits >> 15, bits >> 10 & 31, bits & 1023)
      if e == 31 {
        #expect(f == 0 ? value == (s == 0 ? .infinity : -.infinity) : value.isNaN)
      } else {
        let unit = Float(sign: .plus, exponent: max(e, 1) - 25, significand: 1)
        #expect(value.magnitude == unit * Float(f + (e == 0 ? 0 : 1024)))
        #expect(value.sign == (s == 0 ? .plus : .minus))
      }
    }
  }

  @Test("Files on disk, whole and by rows", arguments: [false, true], [1, 2, 3, 7, 100])
  func rows(isColumnMajor: Bool, count: Int) throws {
    let array = NumericArray(shape: [7, 2, 3], elements: (0..<42).map { Double($0) })
    try withTemporaryFile("x.npy") { path in
      try NPY.write(array, to: path, options: .init(isColumnMajor: isColumnMajor))
      #expect(try NPY.read(path) == array)
      var reader = try NPYReader(path)
      #expect(reader.rowCount == 7 && reader.rowShape == [2, 3])
      var collected: [Double] = []
      while let part = try reader.readRows(count) {
        #expect(part.shape[0] == min(count, 7 - collected.count / 6))
        collected += part.values(as: Double.self)
      }
      #expect(collected == array.values())
      #expect(reader.rowsRead == 7)
    }
  }

  @Test("Elements are read wherever rows begin and end", arguments: [1, 2, 5, 6, 41, 42, 100])
  func elements(count: Int) throws {
    let array = NumericArray(shape: [7, 2, 3], elements: (0..<42).map { Double($0) })
    try withTemporaryFile("x.npy") { path in
      try NPY.write(array, to: path)
      var reader = try NPYReader(path)
      #expect(reader.isContiguous)
      var collected: [Double] = []
      while let part = try reader.readElements(count) {
        #expect(part.shape == [min(count, 42 - collected.count)])
        collected += part.values(as: Double.self)
        #expect(reader.rowsRead == collected.count / 6)
      }
      #expect(collected == array.values())
      // Rows go on where elements have ended.
      var mixed = try NPYReader(path)
      #expect(try mixed.readElements(12)?.count == 12)
      #expect(try mixed.readRows(1)?.values() == (12..<18).map(Double.init))
      #expect(try mixed.readElements(.max)?.values() == (18..<42).map(Double.init))
      #expect(try mixed.readElements(1) == nil)
      try NPY.write(array, to: path, options: .init(isColumnMajor: true))
      #expect(try !NPYReader(path).isContiguous)
      try NPY.write(NumericArray([1.0, 2]), to: path, options: .init(isColumnMajor: true))
      #expect(try NPYReader(path).isContiguous)
      try NPY.write(NumericArray(shape: [3, 0], elements: [] as [Double]), to: path)
      var empty = try NPYReader(path)
      #expect(try empty.readElements(1) == nil)
    }
  }

  @Test("A file that grows is the file written whole", arguments: [[], [3], [2, 2], [0]], [0, 1, 12345])
  func growing(rowShape: [Int], rows: Int) throws {
    let rowElements = rowShape.reduce(1, *)
    let elements = (0..<rows * rowElements).map { Float($0) }
    try withTemporaryFile("x.npy") { path in
      let writer = try NPYWriter<Float>(path, rowShape: rowShape)
      for start in stride(from: 0, to: elements.count, by: 1000) {
        try writer.append(Array(elements[start..<min(start + 1000, elements.count)]))
      }
      try writer.finish()
      let shape = [rowElements == 0 ? 0 : rows] + rowShape
      #expect(writer.header.shape == shape)
      #expect(try contents(of: path) == NPY.encode(NumericArray(shape: shape, elements: elements)))
    }
  }

  @Test("Half a row is an error, and so is a file that was left growing")
  func growingTorn() throws {
    try withTemporaryFile("x.npy") { path in
      let writer = try NPYWriter<Double>(path, rowShape: [2])
      try writer.append([1, 2, 3])
      #expect(throws: InterchangeError.trailingBytes(file: path, field: "data", count: 24)) {
        try NPYReader(path)
      }
      #expect(
        throws: InterchangeError.truncated(file: path, field: "data", expectedBytes: 32, foundBytes: 24)
      ) { try writer.finish() }
    }
  }

  @Test("A file written by rows is the file written whole")
  func writer() throws {
    let array = NumericArray(shape: [4, 3], elements: (0..<12).map { Float($0) })
    try withTemporaryFile("x.npy") { path in
      let writer = try NPYWriter<Float>(path, shape: [4, 3])
      for row in 0..<4 { try writer.append((0..<3).map { Float(3 * row + $0) }) }
      try writer.finish()
      #expect(try contents(of: path) == NPY.encode(array))
      let unfinished = try NPYWriter<Float>(path, shape: [4, 3])
      try unfinished.append([1, 2, 3])
      #expect(
        throws: InterchangeError.truncated(file: path, field: "data", expectedBytes: 48, foundBytes: 12)
      ) { try unfinished.finish() }
      #expect(
        throws: InterchangeError.truncated(file: path, field: "data", expectedBytes: 48, foundBytes: 12)
      ) { try NPYReader(path) }
    }
  }

  @Test("Conversions", arguments: samples.indices)
  func conversions(index: Int) throws {
    let array = Self.samples[index]
    let doubles = array.values(as: Double.self)
    #expect(doubles.count == array.count)
    #expect(array.values(as: Float.self) == doubles.map { Float($0) })
    if array.shape.count == 2 {
      let matrix = try Matrix<Double>(array)
      #expect([matrix.rows, matrix.columns] == array.shape && matrix.elements == doubles)
    } else {
      #expect(throws: InterchangeError.self) { try Matrix<Double>(array) }
    }
    if let first = array.shape.first {
      let rows: Matrix<Float> = try array.rows()
      #expect(rows.rows == first && rows.elements == array.values())
    }
  }

  @Test("Integers are exact or an error that names the element")
  func integers() throws {
    #expect(try NumericArray([1.0, -3]).integers(as: Int.self) == [1, -3])
    #expect(try NumericArray([true, false]).integers(as: UInt8.self) == [1, 0])
    #expect(
      throws: InterchangeError.malformed(
        file: "y.npy", field: "element 1", expected: "an integer in the range of Int8", found: "128")
    ) { try NumericArray([127, 128] as [UInt16], name: "y.npy").integers(as: Int8.self) }
    #expect(throws: InterchangeError.self) { try NumericArray([0.5]).integers(as: Int.self) }
    #expect(NumericArray([1, 2, 3]).elements(of: Int64.self) == [1, 2, 3])
    #expect(NumericArray([1, 2, 3]).elements(of: Int.self) == [1, 2, 3])
    #expect(NumericArray([1, 2, 3]).elements(of: Double.self) == nil)
  }

  @Test("A message names file, field and fault")
  func message() throws {
    let file = npy("{'descr': '<f8', 'fortran_order': False, 'shape': (3, -1), }")
    let error = #expect(throws: InterchangeError.self) { try NPY.decode(file, name: "data/x.npy") }
    #expect(
      error?.description
        == "data/x.npy: header field 'shape': expected a tuple of non-negative integers, found (3, -1)")
  }

  @Test("What is no regular file is refused")
  func specialFiles() throws {
    for path in ["/dev/zero", "/", "/nonexistent/x.npy", ""] {
      let error = #expect(throws: InterchangeError.self) { try NPY.read(path) }
      #expect(error.map(caseName) == "cannotOpen")
    }
    let error = #expect(throws: InterchangeError.self) {
      try NPY.write(NumericArray([1.0]), to: "/nonexistent/x.npy")
    }
    #expect(error.map(caseName) == "cannotWrite")
  }
}
