import Keel
import Testing

/// A file that is wrong in one place, and the error that must name it.
struct BrokenFile: CustomTestStringConvertible, Sendable {
  enum Format: Sendable { case npy, npz, idx, csv, off, xyz, ply }

  let format: Format
  /// What is wrong.
  let fault: String
  /// The case of the error.
  let expected: String
  /// A part of the error's field; empty where the whole file is wrong.
  let field: String
  let bytes: [UInt8]

  var testDescription: String { "\(format): \(fault)" }

  init(_ format: Format, _ fault: String, _ expected: String, _ field: String, _ bytes: [UInt8]) {
    self.format = format
    self.fault = fault
    self.expected = expected
    self.field = field
    self.bytes = bytes
  }

  /// Reads all that the file holds.
  static func read(_ bytes: [UInt8], as format: Format) throws(InterchangeError) {
    let limits = InterchangeLimits(decompressedBytes: 1 << 24)
    switch format {
    case .npy: _ = try NPY.decode(bytes, name: "file", limits: limits)
    case .npz:
      let reader = try NPZReader(bytes: bytes, name: "file", limits: limits)
      for name in reader.names { _ = try reader.read(name) }
    case .idx: _ = try IDX.decode(bytes, name: "file", limits: limits)
    case .csv: _ = try CSV.decode(bytes, as: Double.self, name: "file", limits: limits)
    case .off: _ = try OFF.decode(bytes, as: Double.self, name: "file", limits: limits)
    case .xyz: _ = try XYZ.decode(bytes, as: Double.self, name: "file", limits: limits)
    case .ply: _ = try PLY.decode(bytes, as: Double.self, name: "file", limits: limits)
    }
  }

  /// An `.npy` file of four bytes with parts of its header replaced.
  private static func npy(
    _ fault: String, _ expected: String, _ field: String, descr: String = "'|u1'",
    order: String = "False", shape: String = "(4,)", data: Int = 4
  ) -> BrokenFile {
    let header = "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
    return BrokenFile(
      .npy, fault, expected, field, KeelTests.npy(header, data: [UInt8](repeating: 1, count: data)))
  }

  private static func text(
    _ fault: String, _ header: String, _ expected: String = "malformed", _ field: String = "header"
  ) -> BrokenFile {
    BrokenFile(.npy, fault, expected, field, KeelTests.npy(header, data: [1, 1, 1, 1]))
  }

  private static let good = "'descr': '|u1', 'fortran_order': False, 'shape': (4,)"

  static let npyFiles: [BrokenFile] = [
    .init(.npy, "empty", "truncated", "magic", []),
    .init(.npy, "cut in the magic", "truncated", "magic", [0x93, 0x4E, 0x55]),
    .init(.npy, "another magic", "wrongFormat", "", Array("NUMPY file".utf8)),
    .init(.npy, "a zip archive", "wrongFormat", "", ZipBuilder().bytes),
    .init(.npy, "cut in the version", "truncated", "version", Array(smallNPY()[..<7])),
    .init(.npy, "version 9", "unsupported", "version", Array(smallNPY()[..<6]) + [9, 0, 0, 0]),
    .init(.npy, "version 1.5", "unsupported", "version", Array(smallNPY()[..<6]) + [1, 5, 0, 0]),
    .init(.npy, "cut in the length", "truncated", "header length", Array(smallNPY()[..<9])),
    .init(.npy, "cut in the header", "truncated", "header", Array(smallNPY()[..<40])),
    .init(
      .npy, "a header of 4 GiB", "tooLarge", "header length",
      Array(smallNPY()[..<6]) + [2, 0, 255, 255, 255, 255]),
    .init(.npy, "length beyond the file", "truncated", "header", Array(smallNPY()[..<8]) + [255, 255, 32]),
    text("an empty header", ""),
    text("no dictionary", "(1, 2)"),
    text("an unclosed dictionary", "{\(good)"),
    text("text after the dictionary", "{\(good)} x"),
    text("two dictionaries", "{\(good)}{\(good)}"),
    text("no comma", "{'descr': '|u1' 'fortran_order': False}"),
    text("two commas", "{\(good),,}"),
    text("no colon", "{'descr' '|u1'}"),
    text("a key that is no string", "{1: 2}"),
    text("an unclosed string", "{'descr: 1}"),
    text("an escape", #"{'de\163cr': '|u1'}"#),
    text("a line break in a string", "{'de\nscr': '|u1'}"),
    text("a call", "{'descr': __import__('os').system('true')}"),
    text("a float", "{'shape': (4.0,)}"),
    text("an unknown word", "{'fortran_order': true}"),
    text("brackets too deep", "{'shape': \(String(repeating: "(", count: 60_000))"),
    text("a binary header", "{'descr': \u{1}\u{0}}"),
    text("an unknown key", "{\(good), 'extra': 1}"),
    text("two shapes", "{\(good), 'shape': (4,)}", "malformed", "'shape'"),
    text("no shape", "{'descr': '|u1', 'fortran_order': False}", "malformed", "'shape'"),
    text("no type", "{'fortran_order': False, 'shape': (4,)}", "malformed", "'descr'"),
    text("no order", "{'descr': '|u1', 'shape': (4,)}", "malformed", "'fortran_order'"),
    npy("order 0", "malformed", "'fortran_order'", order: "0"),
    npy("order as text", "malformed", "'fortran_order'", order: "'False'"),
    npy("a shape without comma", "malformed", "'shape'", shape: "(4)"),
    npy("a shape in a list", "malformed", "'shape'", shape: "[4]"),
    npy("a negative extent", "malformed", "'shape'", shape: "(-4,)"),
    npy("an extent of None", "malformed", "'shape'", shape: "(None,)"),
    npy("an extent beyond 64 bits", "tooLarge", "'shape'", shape: "(99999999999999999999,)"),
    npy("a product beyond 64 bits", "tooLarge", "'shape'", shape: "(4294967296, 4294967296)"),
    npy(
      "bytes beyond 64 bits", "tooLarge", "'shape'", descr: "'<f8'", shape: "(2305843009213693952,)"),
    npy("overflow hidden by a zero", "tooLarge", "'shape'", shape: "(4294967296, 0, 4294967296)"),
    npy(
      "65 dimensions", "tooLarge", "'shape'",
      shape: "(\(String(repeating: "1, ", count: 65)))"),
    npy("a huge claim", "truncated", "data", descr: "'<f8'", shape: "(1000000000000,)"),
    npy("objects", "unsupported", "'descr'", descr: "'|O'"),
    npy("complex numbers", "unsupported", "'descr'", descr: "'<c16'"),
    npy("quadruple precision", "unsupported", "'descr'", descr: "'<f16'"),
    npy("text elements", "unsupported", "'descr'", descr: "'<U8'"),
    npy("dates", "unsupported", "'descr'", descr: "'<M8[ns]'"),
    npy("a structured type", "unsupported", "'descr'", descr: "[('x', '<f8'), ('y', '<f4', (2,))]"),
    npy("no type at all", "malformed", "'descr'", descr: "'<zzz'"),
    npy("an empty type", "malformed", "'descr'", descr: "''"),
    npy("a type that is a number", "malformed", "'descr'", descr: "8"),
    npy("no byte order", "malformed", "'descr'", descr: "'f8'", shape: "()", data: 8),
    npy("data cut", "truncated", "data", data: 3),
    npy("surplus data", "trailingBytes", "data", data: 5),
    npy("surplus after no data", "trailingBytes", "data", shape: "(0,)", data: 1),
    npy("a boolean of 1 and one of 7", "malformed", "data", descr: "'|b1'", data: 3)
      .appending(7),
  ]

  private func appending(_ byte: UInt8) -> BrokenFile {
    BrokenFile(format, fault, expected, field, bytes + [byte])
  }

  private static func zip(
    _ fault: String, _ expected: String, _ field: String, _ change: (inout ZipBuilder) -> Void
  ) -> BrokenFile {
    var builder = ZipBuilder()
    change(&builder)
    return BrokenFile(.npz, fault, expected, field, builder.bytes)
  }

  static let npzFiles: [BrokenFile] = [
    .init(.npz, "empty", "wrongFormat", "", []),
    .init(.npz, "an npy file", "wrongFormat", "", smallNPY()),
    .init(.npz, "cut", "malformed", "end record", Array(ZipBuilder().bytes.dropLast(5))),
    .init(.npz, "bytes after the end", "malformed", "end record", ZipBuilder().bytes + [0]),
    .init(.npz, "bytes before the start", "malformed", "end record", [0] + ZipBuilder().bytes),
    zip("several parts", "unsupported", "end record") { $0.disk = 1 },
    zip("a directory beyond the file", "malformed", "end record") { $0.directoryOffset = 0x7FFF_FFFF },
    zip("a directory larger than the file", "malformed", "end record") { $0.directorySize = 0x7FFF_FFFF },
    zip("more members than fit", "malformed", "end record") { $0.count = 9 },
    zip("fewer members than there are", "trailingBytes", "central directory") { $0.count = 0 },
    zip("surplus in the directory", "trailingBytes", "central directory") { $0.surplus = [1, 2, 3] },
    zip("a 64-bit directory offset beyond the file", "malformed", "end record") {
      $0.isLarge = true
      $0.directoryOffset = .max
    },
    zip("a 64-bit member count beyond the file", "malformed", "end record") {
      $0.isLarge = true
      $0.count = .max
    },
    zip("a locator that leads nowhere", "malformed", "zip64 end record") {
      $0.isLarge = true
      $0.largeOffset = .max
    },
    zip("a locator that leads elsewhere", "malformed", "zip64 end record") {
      $0.isLarge = true
      $0.largeOffset = 0
    },
    zip("two members of one name", "malformed", "central directory") { $0.members = [.init(), .init()] },
    zip("two arrays of one name", "malformed", "central directory") {
      $0.members = [.init(), .init(name: "a")]
    },
    zip("a name that leads out", "malformed", "entry 0") { $0.members[0].name = "../../a.npy" },
    zip("an absolute name", "malformed", "entry 0") { $0.members[0].name = "/a.npy" },
    zip("an empty name", "malformed", "entry 0") { $0.members[0].name = "" },
    zip("a name with a zero byte", "malformed", "entry 0") { $0.members[0].name = "a\u{0}.npy" },
    zip("encryption", "unsupported", "member 'a.npy'") { $0.members[0].flags = 1 },
    zip("bzip2", "unsupported", "member 'a.npy'") { $0.members[0].method = 12 },
    zip("a member in another part", "unsupported", "member 'a.npy'") { $0.members[0].disk = 3 },
    zip("another method in the local header", "malformed", "member 'a.npy'") {
      $0.members[0].localMethod = 8
    },
    zip("another name in the local header", "malformed", "member 'a.npy'") {
      $0.members[0].localName = "b.npy"
    },
    zip("another size in the local header", "malformed", "member 'a.npy'") { $0.members[0].localSize = 1 },
    zip("a header offset into data", "malformed", "member 'a.npy'") { $0.members[0].offset = 7 },
    zip("a header offset beyond the directory", "malformed", "member 'a.npy'") {
      $0.members[0].offset = 99_999
    },
    zip("compressed data beyond the directory", "truncated", "member 'a.npy'") {
      $0.members[0].compressedSize = 5000
      $0.members[0].size = 5000
    },
    zip("a stored member with two sizes", "malformed", "member 'a.npy'") { $0.members[0].size = 1 << 20 },
    zip("a 64-bit size that is missing", "truncated", "zip64 size") { $0.members[0].size = 0xFFFF_FFFF },
    zip("an absurd 64-bit size", "tooLarge", "zip64 size") {
      $0.members[0].size = 0xFFFF_FFFF
      $0.members[0].extra = littleEndian(1, 2) + littleEndian(8, 2) + littleEndian(-1, 8)
    },
    zip("an extra field that runs over", "truncated", "extra field") {
      $0.members[0].extra = littleEndian(1, 2) + littleEndian(99, 2)
    },
    zip("members that overlap", "malformed", "member 'b.npy'") {
      // The first member's data are a whole second member, which the directory lists as well.
      let inner = ZipBuilder(members: [.init(name: "b.npy")]).bytes
      let local = Array(inner[..<(30 + 5 + smallNPY().count)])
      $0.members = [.init(data: local), .init(name: "b.npy", offset: 35)]
    },
    zip("one member listed twice", "malformed", "member 'b.npy'") {
      $0.members = [.init(), .init(name: "b.npy", localName: "a.npy", offset: 0)]
    },
    zip("a size beyond what deflate can do", "tooLarge", "member 'a.npy'") {
      $0.members[0].method = 8
      $0.members[0].size = 0x7FFF_FFFF
    },
    zip("a wrong CRC", "checksumMismatch", "member") { $0.members[0].checksum = 1 },
    zip("a wrong CRC of deflated data", "checksumMismatch", "member") {
      $0.members = [.init(data: storedDeflate(smallNPY()), method: 8, checksum: 1, plain: smallNPY())]
    },
    zip("data that are no deflate stream", "corrupt", "deflate stream") {
      $0.members = [.init(data: [7, 7, 7] + smallNPY(), method: 8, plain: smallNPY())]
    },
    zip("a deflate stream cut", "corrupt", "deflate stream") {
      $0.members = [.init(data: storedDeflate(smallNPY()).dropLast(2), method: 8, plain: smallNPY())]
    },
    zip("bytes after the deflate stream", "trailingBytes", "deflate stream") {
      $0.members = [.init(data: storedDeflate(smallNPY()) + [1], method: 8, plain: smallNPY())]
    },
    zip("a member that inflates to more", "trailingBytes", "member") {
      $0.members = [
        .init(
          data: storedDeflate(smallNPY() + [1]), method: 8, checksum: plainChecksum(smallNPY()),
          plain: smallNPY())
      ]
    },
    zip("a member that inflates to less", "truncated", "member") {
      $0.members = [.init(data: storedDeflate(smallNPY()), method: 8, plain: smallNPY() + [1])]
    },
    zip("a wrong data descriptor", "malformed", "data descriptor") {
      $0.members = [.init(flags: 8, descriptor: littleEndian(5, 4) + littleEndian(0, 8))]
    },
    zip("no data descriptor", "malformed", "data descriptor") { $0.members[0].flags = 8 },
    zip("a member that is no npy file", "wrongFormat", "") {
      $0.members = [.init(name: "readme.txt", data: Array("a readme".utf8))]
    },
    zip("an npy member that is cut", "truncated", "data") {
      $0.members = [.init(data: smallNPY().dropLast())]
    },
    zip("an npy member with surplus", "trailingBytes", "data") {
      $0.members = [.init(data: smallNPY() + [0])]
    },
  ]

  static let idxFiles: [BrokenFile] = [
    .init(.idx, "empty", "truncated", "magic", []),
    .init(.idx, "cut in the magic", "truncated", "magic", [0, 0, 8]),
    .init(.idx, "another magic", "wrongFormat", "", Array("abcdef".utf8)),
    .init(.idx, "an unknown type", "malformed", "element type", [0, 0, 0x0A, 1, 0, 0, 0, 0]),
    .init(.idx, "no dimensions", "malformed", "number of dimensions", [0, 0, 8, 0]),
    .init(.idx, "cut in a dimension", "truncated", "dimension 1", [0, 0, 8, 2, 0, 0, 0, 1, 0, 0]),
    .init(.idx, "a huge claim", "truncated", "data", [0, 0, 8, 1, 255, 255, 255, 255, 1]),
    .init(
      .idx, "a product beyond 64 bits", "tooLarge", "dimensions",
      [0, 0, 14, 3] + [UInt8](repeating: 255, count: 12)),
    .init(
      .idx, "255 huge dimensions", "tooLarge", "dimensions",
      [0, 0, 8, 255] + [UInt8](repeating: 255, count: 1020)),
    .init(.idx, "data cut", "truncated", "data", [0, 0, 8, 1, 0, 0, 0, 2, 1]),
    .init(.idx, "surplus data", "trailingBytes", "data", [0, 0, 8, 1, 0, 0, 0, 1, 1, 1]),
    .init(.idx, "gzip: only the magic", "corrupt", "gzip stream", [0x1F, 0x8B]),
    .init(.idx, "gzip: cut", "corrupt", "gzip stream", gzip([0, 0, 8, 1, 0, 0, 0, 1, 1]).dropLast(3)),
    .init(
      .idx, "gzip: cut in the data", "corrupt", "gzip stream", gzip([0, 0, 8, 1, 0, 0, 0, 1, 1]).dropLast(12)),
    .init(
      .idx, "gzip: a wrong CRC", "corrupt", "gzip stream",
      gzip([0, 0, 8, 1, 0, 0, 0, 1, 1]).dropLast(8) + [UInt8](repeating: 7, count: 8)),
    .init(.idx, "gzip: a huge claim", "truncated", "data", gzip([0, 0, 8, 1, 255, 255, 255, 255, 1])),
    .init(.idx, "gzip: surplus data", "trailingBytes", "data", gzip([0, 0, 8, 1, 0, 0, 0, 1, 1, 1])),
    .init(
      .idx, "gzip: text after the stream", "trailingBytes", "gzip stream",
      gzip([0, 0, 8, 1, 0, 0, 0, 1, 1]) + Array("text".utf8)),
    .init(
      .idx, "gzip: a broken second member", "corrupt", "gzip stream", gzip([0, 0, 8, 1]) + [0x1F, 0, 0]),
  ]

  static let csvFiles: [BrokenFile] = [
    .init(.csv, "a word", "malformedText", "line 2, column 2", Array("1,2\n3,x\n".utf8)),
    .init(.csv, "a short row", "malformedText", "line 3, column 2", Array("a,b\n1,2\n3\n".utf8)),
    .init(.csv, "a long row", "malformedText", "line 2, column 3", Array("1,2\n3,4,5\n".utf8)),
    .init(.csv, "an empty field", "malformedText", "line 2, column 1", Array("1,2\n,4\n".utf8)),
    .init(.csv, "an unclosed quote", "malformedText", "line 2, column 1", Array("1,2\n\"3,4\n5,6\n".utf8)),
    .init(.csv, "text after a quote", "malformedText", "line 1, column 1", Array("\"a\"b,c\n".utf8)),
    .init(.csv, "a number beyond the range", "malformedText", "line 2, column 2", Array("1,2\n1,1e400".utf8)),
    .init(.csv, "a header that is not UTF-8", "malformedText", "line 1, column 2", [97, 44, 0xC3, 0x28, 10]),
    .init(.csv, "UTF-16", "unsupported", "text encoding", [0xFF, 0xFE, 49, 0]),
    .init(
      .csv, "a field without end", "tooLarge", "line 1, column 1", [UInt8](repeating: 49, count: 100_000)),
    .init(
      .csv, "a quoted field without end", "tooLarge", "line 1, column 1",
      [34] + [UInt8](repeating: 10, count: 100_000)),
    .init(.csv, "gzip: cut", "corrupt", "gzip stream", gzip(Array("1,2\n".utf8)).dropLast(4)),
  ]
}

extension BrokenFile {
  fileprivate init(
    _ format: Format, _ fault: String, _ expected: String, _ field: String, _ bytes: ArraySlice<UInt8>
  ) {
    self.init(format, fault, expected, field, Array(bytes))
  }
}

@Suite("Broken files")
struct BrokenFilesTests {
  @Test(
    "Each gives the right error",
    arguments: BrokenFile.npyFiles + BrokenFile.npzFiles + BrokenFile.idxFiles + BrokenFile.csvFiles
      + BrokenFile.pointFiles)
  func errors(file: BrokenFile) {
    do {
      try BrokenFile.read(file.bytes, as: file.format)
      Issue.record("no error")
    } catch {
      #expect(caseName(error) == file.expected, "\(error)")
      #expect(error.file.hasPrefix("file"))
      #expect(error.description.hasPrefix(error.file))
      #expect(file.field.isEmpty ? error.field == nil : error.field?.contains(file.field) == true, "\(error)")
    }
  }

  @Test("A bomb stops at the limit", arguments: [BrokenFile.Format.idx, .csv, .npz])
  func bomb(format: BrokenFile.Format) throws {
    // 64 MiB of zeros, or of line breaks, in 64 KiB.
    let size = 64 << 20
    switch format {
    case .npz:
      try withTemporaryFile("x.npz") { path in
        try NPZ.write(
          ["a": NumericArray([UInt8](repeating: 0, count: size))], to: path, compressed: true)
        let reader = try NPZReader(path, limits: .init(decompressedBytes: 1 << 24))
        let error = #expect(throws: InterchangeError.self) { try reader.read("a") }
        #expect(error.map(caseName) == "tooLarge")
      }
    default:
      try withTemporaryFile("x.gz") { path in
        try IDX.write(NumericArray([UInt8](repeating: 10, count: size)), to: path)
        let file = try contents(of: path)
        #expect(file.count < size / 500)
        let error = #expect(throws: InterchangeError.self) { try BrokenFile.read(file, as: format) }
        // As text the header of the file is a field that is no number, and nothing follows but blanks.
        #expect(error.map(caseName) == "tooLarge")
      }
    }
  }

  /// A small valid file of every kind.
  static let valid: [(format: BrokenFile.Format, bytes: [UInt8])] =
    [
      (.npy, NPY.encode(.init(shape: [2, 2], elements: [1.0, 2, 3, 4]))),
      (.npy, NPY.encode(.init([true, false]), options: .init(version: .v2))),
      (.npy, npy("{'descr': '<f2', 'fortran_order': True, 'shape': (1L, 2), }", data: [1, 2, 3, 4])),
      (.npz, bytes(base64: NPZTests.stored)),
      (.npz, bytes(base64: NPZTests.deflated)),
      (
        .npz,
        ZipBuilder(
          members: [.init(data: storedDeflate(smallNPY()), method: 8, plain: smallNPY())], isLarge: true
        ).bytes
      ),
      (.idx, [0, 0, 0x0B, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4]),
      (.idx, gzip([0, 0, 0x0D, 1, 0, 0, 0, 1, 1, 2, 3, 4]) + [0, 0]),
      (.csv, Array("a,\"b \"\"c\"\"\"\r\n1,2e-3\n\n-inf,\"4\"\n".utf8)),
      (.csv, gzip(Array("1,2\n3,4\n".utf8))),
    ] + BrokenFile.validPointFiles

  @Test("Every truncation is read or refused", arguments: valid.indices)
  func truncations(index: Int) throws {
    let (format, file) = Self.valid[index]
    try BrokenFile.read(file, as: format)
    for count in 0..<file.count {
      do {
        try BrokenFile.read(Array(file[..<count]), as: format)
        // Only text, and the padding after gzip, can be cut and still be whole.
        #expect(
          [.csv, .off, .xyz, .ply].contains(format) || file.starts(with: [0x1F, 0x8B]),
          "\(format) cut to \(count) bytes")
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test("Every mutation is read or refused", arguments: valid.indices, 0..<2 as Range<UInt64>)
  func mutations(index: Int, seed: UInt64) throws {
    let (format, file) = Self.valid[index]
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(index) &+ 1
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFF, 0x22, 0x27, 0x28, 0x29, 0x2C, 0x2D, 0x39, 0x4C, 0x7B]
    for _ in 0..<600 {
      var mutant = file
      for _ in 0...random(3) {
        let position = random(mutant.count)
        switch random(5) {
        case 0: mutant[position] ^= 1 << UInt8(random(8))
        case 1: mutant[position] = UInt8(random(256))
        case 2: mutant[position] = interesting[random(interesting.count)]
        case 3: mutant.insert(UInt8(random(256)), at: position)
        default: if mutant.count > 1 { mutant.remove(at: position) }
        }
      }
      // What comes out is unknown; that it comes back at all is the test.
      try? BrokenFile.read(mutant, as: format)
    }
  }
}
