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
}
