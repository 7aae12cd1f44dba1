import Testing

@testable import KeelMixed

@Suite("Faces of the cube")
struct CubeFaceTests {
  @Test("a face tells which coordinates are 0, 1 or free", arguments: [1, 3, 64, 70])
  func coordinates(count: Int) throws {
    let point = (0..<count).map { [0, 0.25, 1][$0 % 3] }
    let face = try CubeFace(of: point)
    #expect(face == CubeFace((0..<count).map { [.zero, .free, .one][$0 % 3] }))
    #expect(face.dimension == point.count { $0 == 0.25 })
    #expect(face.logVolume == 0)
    #expect(face.coordinates == (0..<count).map { face[$0] })
    #expect(try face == CubeFace(of: point.map { Float($0) }))
    #expect(face.description == String(point.map { $0 == 0 ? "0" : $0 == 1 ? "1" : "*" as Character }))
  }

  @Test("a point outside of the cube has no face", arguments: [-1e-9, 1.000001, .nan, .infinity, -.infinity])
  func outside(value: Double) throws {
    #expect(throws: MixedError.outsidePolytope(argument: "coordinate 1", reason: "it is \(value)")) {
      try CubeFace(of: [0.5, value])
    }
  }
}
