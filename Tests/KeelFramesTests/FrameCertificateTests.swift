import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Certificates of frames")
struct FrameCertificateTests {
  /// A cloud with the lengths of its axes, from random directions, centred.
  private func cloud(_ lengths: [Double], points n: Int, offset: Double, _ stream: inout RandomStream)
    throws -> Matrix<Double>
  {
    let d = lengths.count
    let raw = Matrix<Double>.normals(n, d, &stream)
    let means = raw.columnMeans
    let centered = Matrix(rows: n, columns: d) { i, j in raw[i, j] - means[j] }
    let columns = try QR(centered).thinQ()
    let turn = Matrix<Double>.randomOrthogonal(d, using: &stream)
    let points = Matrix(rows: n, columns: d) { i, j in columns[i, j] * lengths[j] } * turn
    return Matrix(rows: n, columns: d) { i, j in points[i, j] + offset * Double(1 + j) }
  }

  /// The least distance of the canonical clouds of two frames.
  private func distance(
    _ a: Frame<Double>, _ x: Matrix<Double>, _ b: Frame<Double>, _ y: Matrix<Double>
  ) -> Double {
    let first = a[0].inverseTransformed(x)
    return (0..<b.count).map { (b[$0].inverseTransformed(y) - first).frobenius }.min() ?? .infinity
  }

  @Test("the error is below its bound, for every gap and offset", arguments: [0.0, 1e3, 1e6])
  func bound(_ offset: Double) throws {
    for exponent in [0, 2, 4, 6, 8, 10, 12] {
      let gap = Double.pow(10, Double(-exponent))
      for group in [FrameGroup.euclidean, .specialEuclidean, .similarity] {
        var stream = RandomStream(seed: 21).stream(exponent).stream(group.rawValue)
        let points = try cloud([1, 2, 2 + gap], points: 20, offset: offset, &stream)
        let element = FrameElement<Double>.random(of: .specialOrthogonal, dimension: 3, using: &stream)
        let image = element.transformed(points)
        let (a, b) = try (
          Frame(principalAxesOf: points, group: group), Frame(principalAxesOf: image, group: group)
        )
        // Each coordinate of the image is a sum of three, with four roundings of at most u of them.
        let inputError = 4 * Double.ulpOfOne / 2 * 3.0.squareRoot() * points.frobenius
        let error = distance(a, points, b, image)
        let bound =
          a.certificate.canonicalErrorBound() + b.certificate.canonicalErrorBound(inputError: inputError)
        #expect(error <= bound, "gap \(gap), offset \(offset), \(group)")
        // Not idle: within a factor of 10⁴ of what is found (the bound is for the worst of all roundings).
        if offset == 0 { #expect(bound <= 1e4 * max(error, 1e-16 / gap), "gap \(gap), \(group)") }
      }
    }
  }

  @Test("the true axes of a cloud with known ones are within the bound")
  func knownAxes() throws {
    // Axes along the coordinates and centroid 0, all exact: sums of opposite points.
    let points = Matrix<Double>(rows: [
      [1, 0, 0], [-1, 0, 0], [0, 1.0009765625, 0], [0, -1.0009765625, 0], [0, 0, 3], [0, 0, -3],
    ])
    let frame = try Frame(principalAxesOf: points, group: .euclidean)
    let axes = try #require(frame.signedAxes?.axes)
    let error = axes.maximumDifference(from: Matrix(identity: 3))
    #expect(error <= frame.certificate.axisErrorBound && frame.certificate.axisErrorBound < 1e-10)
    #expect(frame.certificate.eigenvalues == [2, 2.0039081573486328, 18])
  }

  @Test("equal eigenvalues other than zero are seen, and bounded by the size of the cloud")
  func degenerate() throws {
    let square = Matrix<Double>(rows: [[1, 0], [0, 1], [-1, 0], [0, -1]])
    let cube = Matrix<Double>(rows: (0..<8).map { k in (0..<3).map { k >> $0 & 1 == 1 ? 1 : -1 } })
    let prism = Matrix<Double>(
      rows: (0..<6).map { k in
        let angle = Double(k % 3) * 2 * Double.pi / 3
        return [cos(angle), sin(angle), k < 3 ? 0.5 : -0.5]
      })
    for (points, clusters) in [(square, [0..<2]), (cube, [0..<3]), (prism, [0..<1, 1..<3])] {
      var stream = RandomStream(seed: 22)
      for size in [1.0, 1e-180, 1e180] {
        let element = FrameElement<Double>.random(
          of: .orthogonal, dimension: points.columns, using: &stream)
        let image = element.transformed(points) * size
        let certificate = try Frame(principalAxesOf: image, group: .euclidean).certificate
        #expect(certificate.isDegenerate && certificate.clusters == clusters)
        #expect(certificate.rank == points.columns && certificate.relativeGap <= 1e-14)
        #expect(certificate.axisErrorBound == .infinity)
        let bound = certificate.canonicalErrorBound() / size
        #expect(bound > 0.1 && bound <= 2.1 * points.frobenius)
      }
    }
  }

  @Test("flat clouds are certified to rounding")
  func flat() throws {
    for (name, points) in FrameSymmetryTests.flatClouds() {
      let frame = try Frame(principalAxesOf: points, group: .specialEuclidean)
      let certificate = frame.certificate
      #expect(!certificate.isDegenerate, "\(name)")
      #expect(
        certificate.canonicalErrorBound() <= 1e-13 * (1 + points.frobenius) / certificate.relativeGap,
        "\(name)")
    }
  }

  @Test("a certificate of eigenvalues alone")
  func fromEigenvalues() {
    let certificate = FrameCertificate<Double>(
      eigenvalues: [0, 1, 1 + 1e-12, 4], points: 10, tolerance: 1e-9)
    #expect(certificate.rank == 3 && certificate.clusters == [0..<1, 1..<3, 3..<4])
    #expect(certificate.isDegenerate && abs(certificate.relativeGap - 0.25e-12) <= 1e-15)
    let zero = FrameCertificate<Double>(eigenvalues: [0, 0], points: 1, tolerance: 1e-9)
    #expect(zero.rank == 0 && zero.clusters == [0..<2] && !zero.isDegenerate && zero.relativeGap == 1)
    let none = FrameCertificate<Double>(eigenvalues: [], points: 1, tolerance: 1e-9)
    #expect(none.rank == 0 && none.clusters.isEmpty && none.canonicalErrorBound() == 0)
  }

  @Test("single precision has its own certificate")
  func single() throws {
    var stream = RandomStream(seed: 23)
    for index in 0..<20 {
      let points = Matrix<Float>(rows: 30, columns: 3) { _, _ in stream.normal() }
      let element = FrameElement<Float>.random(of: .euclidean, dimension: 3, using: &stream)
      let image = element.transformed(points)
      let frames = try [points, image].map { try Frame(principalAxesOf: $0, group: .euclidean) }
      let network = MultilayerPerceptron<Float>(randomWidths: [90, 8, 1], activation: .tanh, using: &stream)
      let a = frames[0].average(of: points) { network($0.elements) }[0]
      let b = frames[1].average(of: image) { network($0.elements) }[0]
      let size = image.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // |φ(Z) - φ(Z')| ≤ ‖W₂‖ ‖W₁‖ ‖Z - Z'‖; rounding of φ itself is a few units of the sums in it.
      let lipschitz = network.layers.reduce(Float(1)) { product, layer in
        product * layer.weights.elements.reduce(0) { $0 + $1 * $1 }.squareRoot()
      }
      let bound =
        frames[0].certificate.averageErrorBound(lipschitz: lipschitz)
        + frames[1].certificate.averageErrorBound(lipschitz: lipschitz, inputError: 4 * .ulpOfOne * size)
      #expect(abs(a - b) <= bound + 100 * .ulpOfOne * lipschitz, "trial \(index)")
    }
  }
}
