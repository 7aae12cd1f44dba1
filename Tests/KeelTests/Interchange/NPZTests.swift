import Keel
import Testing

@Suite("npz files")
struct NPZTests {
  /// `numpy.savez(f, a=numpy.arange(3.), b=numpy.eye(2, dtype=numpy.float32))`, NumPy 2.4.
  static let stored = """
    UEsDBC0AAAAAAAAAIQAkIeEr//////////8FABQAYS5ucHkBABAAmAAAAAAAAACYAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog
    JzxmOCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAAAAAAAAAAAAAAADwPwAAAAAAAABAUEsDBC0AAAAAAAAAIQDBxqM8
    //////////8FABQAYi5ucHkBABAAkAAAAAAAAACQAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0cmFuX29y
    ZGVyJzogRmFsc2UsICdzaGFwZSc6ICgyLCAyKSwgfSAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAKAACAPwAAAAAAAAAAAACAP1BLAQItAy0AAAAAAAAAIQAkIeErmAAAAJgAAAAFAAAAAAAAAAAAAACAAQAA
    AABhLm5weVBLAQItAy0AAAAAAAAAIQDBxqM8kAAAAJAAAAAFAAAAAAAAAAAAAACAAc8AAABiLm5weVBLBQYAAAAAAgACAGYAAACW
    AQAAAAA=
    """

  /// `numpy.savez_compressed` of `a = arange(30.).reshape(5, 6)` and `größe = arange(7, dtype=int16)`.
  static let deflated = """
    UEsDBC0AAAAIAAAAIQCqlXl2//////////8FABQAYS5ucHkBABAAcAEAAAAAAACSAAAAAAAAAJ3IvQ7BUADF8drEZDAYDDcibsmN
    +GpVVXSyEYvBJDd6G4Oo3IpFPIUX9Qgq/ovVWX7nnOd6u9rsSs7NucvE5AcrQyGjNJBKyDSzV6vP+8wm5vMv9Sk3xZ8f9cUU2/WU
    8DtKPMTfqTg/eS0o8ZcyVrGGdWygwCa2sI0udlFhD/s4wCGOcIwe+jjBAKcY4gwjnMdvUEsDBC0AAAgIAAAAIQDdy5lb////////
    //8LABQAZ3LDtsOfZS5ucHkBABAAjgAAAAAAAABSAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TaaSuo6Cell9UUpSYF59f
    lJIKEndLzClOBYoXZyQWpAL5GuY6mjoKtQoUAC4GBkYGJgZmBhYGVgY2BgBQSwECLQMtAAAACAAAACEAqpV5dpIAAABwAQAABQAA
    AAAAAAAAAAAAgAEAAAAAYS5ucHlQSwECLQMtAAAICAAAACEA3cuZW1IAAACOAAAACwAAAAAAAAAAAAAAgAHJAAAAZ3LDtsOfZS5u
    cHlQSwUGAAAAAAIAAgBsAAAAWAEAAAAA
    """

  static let a = NumericArray(shape: [3], elements: [0.0, 1, 2])
  static let b = NumericArray(shape: [2, 2], elements: [1, 0, 0, 1] as [Float])
  static let c = NumericArray(shape: [5, 6], elements: (0..<30).map { Double($0) })
  static let d = NumericArray(shape: [7], elements: (0..<7).map { Int16($0) })

  @Test("An archive of NumPy is read, and written byte for byte")
  func storedArchive() throws {
    let file = bytes(base64: Self.stored)
    let reader = try NPZReader(bytes: file)
    #expect(reader.names == ["a", "b"])
    #expect(try reader.read("a") == Self.a)
    #expect(try reader.read("b") == Self.b)
    try withTemporaryFile("x.npz") { path in
      try NPZ.write(["a": Self.a, "b": Self.b], to: path)
      #expect(try contents(of: path) == file)
    }
  }

  @Test("A compressed archive of NumPy is read, and what is written is read again")
  func deflatedArchive() throws {
    let file = bytes(base64: Self.deflated)
    let reader = try NPZReader(bytes: file)
    #expect(reader.names == ["a", "größe"])
    #expect(try reader.read("a") == Self.c)
    #expect(try reader.read("größe") == Self.d)
    try withTemporaryFile("x.npz") { path in
      try NPZ.write(["a": Self.c, "größe": Self.d], to: path, compressed: true)
      // The deflated bytes may differ between versions of zlib; the arrays may not.
      #expect(try NPZ.read(path) == ["a": Self.c, "größe": Self.d])
    }
  }

  @Test("Every type comes back", arguments: [false, true])
  func roundTrip(compressed: Bool) throws {
    try withTemporaryFile("x.npz") { path in
      let writer = try NPZWriter(path, compressed: compressed)
      for (index, array) in NPYTests.samples.enumerated() { try writer.append(array, name: "x/\(index)") }
      try writer.finish()
      let reader = try NPZReader(path)
      for (index, array) in NPYTests.samples.enumerated() { #expect(try reader.read("x/\(index)") == array) }
      let error = #expect(throws: InterchangeError.self) { try reader.read("y") }
      #expect(error == .missing(file: path, field: "member 'y'"))
      #expect(error?.description == "\(path): member 'y': there is no such member")
    }
  }

  @Test("A word is what NumPy writes for bytes, and no numbers")
  func word() throws {
    try withTemporaryFile("x.npz") { path in
      let writer = try NPZWriter(path)
      try writer.append(word: "csr", name: "format")
      #expect(throws: InterchangeError.self) { try writer.append(word: "csc", name: "format") }
      try writer.append(Self.a, name: "a")
      try writer.finish()
      let reader = try NPZReader(path)
      #expect(reader.names == ["format", "a"])
      #expect(try reader.read("a") == Self.a)
      let error = #expect(throws: InterchangeError.self) { try reader.read("format") }
      #expect(error?.field == "header field 'descr'")
      // The member of `numpy.savez(f, format=b"csr")`, NumPy 2.4, without the zip records around it.
      let text = "{'descr': '|S3', 'fortran_order': False, 'shape': (), }"
      let member =
        [0x93] + Array("NUMPY".utf8) + [1, 0, 0x76, 0] + Array(text.utf8)
        + [UInt8](repeating: 0x20, count: 0x75 - text.utf8.count) + [0x0A] + Array("csr".utf8)
      let archive = try contents(of: path)
      let name = Array("format.npy".utf8)
      // The local header is 30 bytes, the name and 20 bytes for 64-bit sizes.
      let start = 30 + name.count + 20
      #expect(Array(archive[start..<start + member.count]) == member)
    }
  }

  @Test("64-bit records, as written for archives beyond 2 GiB", arguments: [0, 100, 300, 500, 1000])
  func zip64(threshold: Int) throws {
    try withTemporaryFile("x.npz") { path in
      let writer = try NPZWriter(path, compressed: false, zip64Threshold: threshold)
      try writer.append(Self.a, name: "a")
      try writer.append(Self.b, name: "b")
      try writer.append(Self.c, name: "c")
      try writer.finish()
      #expect(try NPZ.read(path) == ["a": Self.a, "b": Self.b, "c": Self.c])
    }
  }

  @Test("64-bit records of other writers, comments, data descriptors, an empty archive")
  func otherWriters() throws {
    let plain = smallNPY()
    let expected = try NPY.decode(plain)
    var archive = ZipBuilder()
    archive.isLarge = true
    archive.comment = Array("PK\u{5}\u{6} a comment that looks like the record".utf8)
    #expect(try NPZReader(bytes: archive.bytes).read("a") == expected)

    let descriptor =
      littleEndian(plainChecksum(plain), 4) + littleEndian(plain.count, 4) + littleEndian(plain.count, 4)
    for prefix in [[], [0x50, 0x4B, 7, 8]] as [[UInt8]] {
      archive = ZipBuilder(members: [.init(flags: 8, descriptor: prefix + descriptor), .init(name: "b.npy")])
      #expect(try NPZReader(bytes: archive.bytes).read("a") == expected)
      #expect(try NPZReader(bytes: archive.bytes).read("b") == expected)
    }
    archive = ZipBuilder(members: [.init(data: storedDeflate(plain), method: 8, plain: plain)])
    #expect(try NPZReader(bytes: archive.bytes).read("a") == expected)
    #expect(try NPZReader(bytes: ZipBuilder(members: []).bytes).names.isEmpty)
  }

  @Test("Names that cannot be written", arguments: ["", "a", "../a", "/a", "a\\b", "a\nb", "x/../y"])
  func names(name: String) throws {
    try withTemporaryFile("x.npz") { path in
      let writer = try NPZWriter(path)
      try writer.append(Self.a, name: "a")
      let error = #expect(throws: InterchangeError.self) { try writer.append(Self.a, name: name) }
      #expect(error?.field == "member name")
    }
  }
}
