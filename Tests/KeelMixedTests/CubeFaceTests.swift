import RealModule
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

@Suite("The lattice of faces of the cube, and products")
struct CubeLatticeTests {
  @Test("every face is enumerated once, each one step away from the one before", arguments: 0...6)
  func enumeration(count: Int) {
    let faces = Array(CubeFace.all(of: count))
    #expect(Double(faces.count) == DirectSumMeasure.cube(coordinates: count).total.rounded())
    #expect(Set(faces).count == faces.count)
    for (a, b) in zip(faces, faces.dropFirst()) {
      let steps = zip(a.coordinates, b.coordinates).map { abs($0.rawValue - $1.rawValue) }
      #expect(steps.reduce(0, +) == 1)
    }
    for dimension in 0...count {
      #expect(
        CubeFace.count(ofDimension: dimension, of: count)
          == Double(faces.count { $0.dimension == dimension }))
    }
  }

  /// A face as the sets of values {0, ½, 1} that its closure has in each coordinate.
  private func closure(_ face: CubeFace) -> [Set<Double>] {
    face.coordinates.map { $0 == .zero ? [0] : $0 == .one ? [1] : [0, 0.5, 1] }
  }

  @Test("inclusion, intersection and join are those of the closures")
  func lattice() {
    let faces = Array(CubeFace.all(of: 3))
    for a in faces {
      for b in faces {
        let (left, right) = (closure(a), closure(b))
        #expect(a.isSubface(of: b) == zip(left, right).allSatisfy { $0.isSubset(of: $1) })
        let common = zip(left, right).map { $0.intersection($1) }
        #expect(a.intersection(b).map(closure) == (common.contains([]) ? nil : common))
        let join = zip(left, right).map { $0.union($1).count > 1 ? [0, 0.5, 1] : $0 }
        #expect(closure(a.join(b)) == join)
      }
    }
  }

  @Test("products are taken apart again, and refuse other shapes")
  func products() throws {
    let parts = [CubeFace([.zero, .free]), CubeFace([.one])]
    let cube = CubeFace.product(of: parts)
    #expect(cube.description == "0*1")
    #expect(try CubeFace.factors(of: cube, coordinateCounts: [2, 1]) == parts)
    #expect(throws: MixedError.self) { try CubeFace.factors(of: cube, coordinateCounts: [2, 2]) }

    let faces = try [SimplexFace([0, 2], of: 3), SimplexFace([1], of: 2), SimplexFace([0, 1], of: 2)]
    let product = SimplexFace.product(of: faces)
    #expect(product.dimension == 2 && product.coordinateCount == 7)
    #expect(product.description == "{0, 2} × {1} × {0, 1}")
    #expect(try SimplexFace.factors(of: product, coordinateCounts: [3, 2, 2]) == faces)
    #expect(throws: MixedError.self) { try SimplexFace.factors(of: product, coordinateCounts: [3, 2]) }
    let nested = ProductFace.product(of: [ProductFace([faces[0]]), ProductFace(Array(faces[1...]))])
    #expect(nested == product)
    #expect(
      try ProductFace.factors(of: nested, coordinateCounts: [3, 4])
        == [ProductFace([faces[0]]), ProductFace(Array(faces[1...]))])
    #expect(throws: MixedError.self) {
      try ProductFace<SimplexFace>.factors(of: nested, coordinateCounts: [4, 3])
    }
    let whole = try ProductFace(faces.map { try SimplexFace(wholeOf: $0.coordinateCount) })
    #expect(product.isSubface(of: whole) && !whole.isSubface(of: product))
    #expect(product.join(whole) == whole && product.intersection(whole) == product)
    let other = try ProductFace([SimplexFace([0, 2], of: 3), SimplexFace([0], of: 2), faces[2]])
    #expect(product.intersection(other) == nil)
    #expect(ProductFace.all([SimplexFace.all(of: 3), SimplexFace.all(of: 2)]).count == 21)
  }
}

@Suite("The direct-sum measure")
struct DirectSumMeasureTests {
  @Test(
    "the measure of small simplices",
    arguments: [(1, 1), (2, 3), (3, 6.5), (4, 12.166666666666666), (5, 20.875)])
  func simplices(count: Int, total: Double) {
    let measure = DirectSumMeasure.simplex(vertices: count)
    #expect((measure.total - total).magnitude <= 8 * total.ulp)
    let sum = SimplexFace.all(of: count).reduce(0) { $0 + Double.exp($1.logVolume) }
    #expect((measure.total - sum).magnitude <= 64 * total.ulp)
    #expect((measure.masses().reduce(0, +) - total).magnitude <= 8 * total.ulp)
  }

  @Test("the measure of a product is the product of the measures")
  func products() {
    let parts = [DirectSumMeasure.simplex(vertices: 3), .cube(coordinates: 2), .simplex(vertices: 4)]
    let product = DirectSumMeasure.product(parts)
    let total = parts.reduce(1) { $0 * $1.total }
    #expect((product.total - total).magnitude <= 32 * total.ulp)
    #expect((product.masses().reduce(0, +) - total).magnitude <= 32 * total.ulp)
    #expect(product.masses().count == 2 + 2 + 3 + 1)
    let scaled = product.masses().enumerated().reduce(0) { $0 + $1.1 * Double.exp2(3 * Double($1.0)) }
    #expect((product.logTotal(resolution: 3) - Double.log(scaled)).magnitude <= 1e-13)
  }
}
