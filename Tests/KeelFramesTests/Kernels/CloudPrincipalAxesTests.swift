import Keel
import KeelFrames
import TestSupport
import Testing

@Suite("Principal axes and images of clouds")
struct CloudPrincipalAxesTests {
  private func clouds<Scalar: FrameScalar>(_ d: Int, _: Scalar.Type) -> PointClouds<Scalar> {
    var random = SplitMix(seed: UInt64(100 + d))
    return PointClouds(
      ((d <= 3 ? Array(1...40) : [1, 2, 5, 16]) + [50, 3]).map { n in
        Matrix(rows: n, columns: d) { _, j in Scalar(Double(j) + random.normal()) }
      })
  }

  @Test("axes are those of the moments, for any number of threads", arguments: [1, 2, 3, 5, 17])
  func axes(d: Int) throws {
    func check<Scalar: FrameScalar>(_: Scalar.Type) throws {
      let clouds = clouds(d, Scalar.self)
      for centered in [true, false] {
        let moments = try CloudMoments(clouds, centered: centered)
        let eigen = try SmallSymmetricEigen(moments.scatters)
        for threads in [1, 2] {
          let axes = try CloudPrincipalAxes(clouds, centered: centered, threads: threads)
          #expect(
            axes.centers == moments.centers && axes.values == eigen.values && axes.axes == eigen.vectors)
        }
        var centers = [Scalar](repeating: 0, count: clouds.count * d)
        var (values, vectors) = (centers, [Scalar](repeating: 0, count: clouds.count * d * d))
        var centerSpan = centers.mutableSpan
        var valueSpan = values.mutableSpan
        var vectorSpan = vectors.mutableSpan
        try CloudPrincipalAxes.compute(
          clouds.points.elements.span, starts: clouds.starts.span, dimension: d, centered: centered,
          centers: &centerSpan, values: &valueSpan, axes: &vectorSpan)
        let isSame =
          centers == moments.centers.elements && values == eigen.values.elements
          && vectors == eigen.vectors.elements
        #expect(isSame)
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test("canonical clouds have a diagonal scatter about the origin", arguments: [1, 2, 3, 4, 16, 18])
  func canonical(d: Int) throws {
    let clouds = clouds(d, Double.self)
    let axes = try CloudPrincipalAxes(clouds)
    let moments = try CloudMoments(clouds.canonical(axes), centered: false)
    for b in 0..<clouds.count {
      let trace = (0..<d).reduce(0) { $0 + axes.values[b, $1] }
      for i in 0..<d {
        for j in 0..<d {
          let expected = i == j ? axes.values[b, i] : 0
          // Rounding of coordinates of a size about 1 + d, as far as it shows in products.
          let bound = 1e-14 * Double(d) * (trace + 1)
          #expect((moments.scatters[b, i, j] - expected).magnitude <= bound, "d = \(d), cloud \(b)")
        }
      }
    }
  }

  @Test("images are what they are defined to be", arguments: [1, 2, 3, 4, 7, 16, 18])
  func images(d: Int) {
    func check<Scalar: FrameScalar>(_: Scalar.Type) {
      let clouds = clouds(d, Scalar.self)
      var random = SplitMix(seed: 8)
      let matrices = MatrixBatch<Scalar>(
        count: clouds.count, rows: d, columns: d, elements: random.array(clouds.count * d * d))
      let vectors: Matrix<Scalar> = random.matrix(clouds.count, d)
      for vectors in [nil, vectors] {
        let back = clouds.inverseTransformed(rotations: matrices, translations: vectors, threads: 2)
        let forth = clouds.transformed(rotations: matrices, translations: vectors, threads: 2)
        #expect(back.starts == clouds.starts && forth.starts == clouds.starts)
        for b in 0..<clouds.count {
          for i in clouds.starts[b]..<clouds.starts[b + 1] {
            for j in 0..<d {
              var (z, y, sizes) = (0.0, 0.0, 0.0)
              for k in 0..<d {
                let x = Double(clouds.points[i, k])
                let t = Double(vectors?[b, k] ?? 0)
                z += (x - t) * Double(matrices[b, k, j])
                y += x * Double(matrices[b, j, k])
                sizes +=
                  (x.magnitude + t.magnitude)
                  * Double(max(matrices[b, k, j].magnitude, matrices[b, j, k].magnitude))
              }
              let t = Double(vectors?[b, j] ?? 0)
              // A rounding of the difference, of each product and of each sum.
              let bound = 2 * gamma(d + 2, Scalar.self) * (sizes + t.magnitude)
              #expect((Double(back.points[i, j]) - z).magnitude <= bound)
              #expect((Double(forth.points[i, j]) - (y + t)).magnitude <= bound)
            }
          }
        }
      }
    }
    check(Double.self)
    check(Float.self)
  }

  @Test("all instruction sets give the same images", arguments: [1, 2, 3, 4, 16])
  func bits(d: Int) throws {
    func check<Scalar: FrameScalar>(_: Scalar.Type) throws {
      let clouds = clouds(d, Scalar.self)
      let axes = try CloudPrincipalAxes(clouds)
      let expected = clouds.canonical(axes)
      for instructions in InstructionSet.available {
        #expect(instructions.select { clouds.canonical(axes) } == expected, "\(instructions)")
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test("forth and back again")
  func inverse() throws {
    let clouds = clouds(3, Double.self)
    let axes = try CloudPrincipalAxes(clouds)
    let again = clouds.canonical(axes).transformed(rotations: axes.axes, translations: axes.centers)
    for (x, y) in zip(clouds.points.elements, again.points.elements) { #expect((x - y).magnitude <= 1e-14) }
    let nothing = PointClouds([Matrix<Double>(zeros: 0, 3)])
    let one = MatrixBatch([Matrix<Double>(identity: 3)])
    #expect(nothing.transformed(rotations: one) == nothing)
  }
}
