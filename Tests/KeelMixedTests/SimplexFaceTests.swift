import RealModule
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Faces of the simplex")
struct SimplexFaceTests {
  @Test("a face is the set of its vertices")
  func vertices() throws {
    let face = try SimplexFace([66, 2, 0], of: 70)
    #expect(face.vertices == [0, 2, 66])
    #expect(face.dimension == 2)
    #expect((face.logVolume - -0.6931471805599453).magnitude < 1e-15)
    #expect(face.contains(66) && !face.contains(65))
    #expect(throws: MixedError.self) { try SimplexFace([70], of: 70) }
    #expect(throws: MixedError.self) { try SimplexFace([], of: 70) }
  }

  @Test("the face of a point is its support, in either precision", arguments: [1, 2, 63, 64, 65, 1000])
  func support(count: Int) throws {
    var random = SplitMix(seed: UInt64(count))
    var point = (0..<count).map { _ in random.next() % 3 == 0 ? 0.25 : 0 }
    point[count - 1] = 1e-300
    let face = try SimplexFace(of: point)
    #expect(face.vertices == point.indices.filter { point[$0] > 0 })
    #expect(face.bits == point.map { $0 > 0 })
    #expect(try face == SimplexFace(bits: face.bits))
    point[count - 1] = 0.5
    #expect(try face == SimplexFace(of: point.map { Float($0) }))
    if count <= 64 { #expect(try SimplexFace(mask: #require(face.mask), of: count) == face) }
  }

  @Test("what is no point of the simplex has no face")
  func outside() {
    let negative = MixedError.outsidePolytope(argument: "entry 1", reason: "it is -1e-09")
    #expect(throws: negative) { try SimplexFace(of: [1, -1e-9]) }
    #expect(throws: MixedError.self) { try SimplexFace(of: [Double.nan]) }
    #expect(throws: MixedError.self) { try SimplexFace(of: [0.0, 0]) }
    #expect(throws: MixedError.self) { try SimplexFace(of: [Float.infinity]) }
    #expect(throws: MixedError.self) { try SimplexFace(bits: []) }
    #expect(throws: MixedError.self) { try SimplexFace(mask: 8, of: 3) }
    #expect(throws: MixedError.self) { try SimplexFace(mask: 1, of: 65) }
    #expect(throws: MixedError.self) { try SimplexFace(wholeOf: 0) }
  }

  @Test("every face is enumerated once, each one vertex away from the one before", arguments: 0...10)
  func enumeration(count: Int) {
    let faces = Array(SimplexFace.all(of: count))
    #expect(faces.count == (1 << count) - 1)
    #expect(Set(faces).count == faces.count)
    for (a, b) in zip(faces, faces.dropFirst()) {
      #expect(zip(a.words, b.words).reduce(0) { $0 + ($1.0 ^ $1.1).nonzeroBitCount } == 1)
    }
    for dimension in 0..<count {
      let exact = SimplexFace.count(ofDimension: dimension, of: count)
      let logarithm = SimplexFace.logCount(ofDimension: dimension, of: count)
      #expect((logarithm - Double.log(exact)).magnitude <= 1e-14)
    }
    for dimension in -1...count {
      #expect(
        SimplexFace.count(ofDimension: dimension, of: count)
          == Double(faces.count { $0.dimension == dimension }))
    }
  }

  @Test("inclusion, intersection and join are those of the sets of vertices")
  func lattice() throws {
    let faces = Array(SimplexFace.all(of: 5))
    for a in faces {
      for b in faces {
        let (left, right) = (Set(a.vertices), Set(b.vertices))
        #expect(a.isSubface(of: b) == left.isSubset(of: right))
        #expect(a.intersection(b).map { Set($0.vertices) } ?? [] == left.intersection(right))
        #expect(Set(a.join(b).vertices) == left.union(right))
        #expect(a.join(b).vertexCount == left.union(right).count)
      }
    }
  }

  @Test("a million vertices")
  func large() throws {
    let whole = try SimplexFace(wholeOf: 1_000_000)
    let some = try SimplexFace(stride(from: 3, to: 1_000_000, by: 1000), of: 1_000_000)
    #expect(whole.dimension == 999_999)
    #expect(some.isSubface(of: whole) && !whole.isSubface(of: some))
    #expect(some.intersection(whole) == some && some.join(whole) == whole)
    #expect(some.vertices == Array(stride(from: 3, to: 1_000_000, by: 1000)))
  }

  @Test("points of the simplex are told from others", arguments: [1, 3, 1000])
  func validation(count: Int) throws {
    func validate(_ point: [Double]) throws(MixedError) {
      try point.withUnsafeBufferPointer { (buffer) throws(MixedError) in try SimplexFace.validate(buffer) }
    }
    let uniform = Array(repeating: 1 / Double(count), count: count)
    try validate(uniform)
    try validate(uniform.map { Double(Float($0)) })
    #expect(throws: MixedError.self) { try validate(uniform.map { $0 * 1.0001 }) }
    for bad in [-1e-12, .nan, .infinity] {
      var point = uniform
      point[count - 1] = bad
      #expect(throws: MixedError.outsidePolytope(argument: "entry \(count - 1)", reason: "it is \(bad)")) {
        try validate(point)
      }
    }
  }

  @Test("what a caller gets wrong stops the program")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { _ = SimplexFace.all(of: 63) }
    await #expect(processExitsWith: .failure) { _ = try SimplexFace([0], of: 2).contains(2) }
    await #expect(processExitsWith: .failure) {
      _ = try SimplexFace([0], of: 2).join(SimplexFace([0], of: 3))
    }
  }
}
