import Keel
import RealModule
import Testing

@Suite("Matrix exponential")
struct MatrixExponentialTests {
  /// Every degree and some squarings.
  static let scales: [Double] = [0, 1e-10, 1e-3, 0.1, 0.5, 1.5, 4, 20, 60]

  @Test("Rotation, diagonal, nilpotent and Jordan block in closed form", arguments: scales)
  func closedForms(_ t: Double) throws {
    try check(t, Double.self)
    try check(t, Float.self)
  }

  private func check<Scalar: RealScalar>(_ t: Double, _: Scalar.Type) throws {
    // Scaling and squaring amplifies the rounding unit by the norm.
    let tolerance = 20 * Scalar.ulpOfOne * Scalar(max(1, t))
    let rotation: Matrix<Double> = [[.cos(t), -.sin(t)], [.sin(t), .cos(t)]]
    let generator: Matrix<Double> = [[0, -t], [t, 0]]
    let computed = try matrixExponential(Matrix<Scalar>(converting: generator))
    #expect((computed - Matrix(converting: rotation)).largest <= tolerance)

    let diagonal = try matrixExponential(Matrix<Scalar>(diagonal: [Scalar(-t), 0, Scalar(t / 3)]))
    for (i, x) in [-t, 0, t / 3].enumerated() {
      #expect(abs(diagonal[i, i] - Scalar(.exp(x))) <= tolerance * Scalar(.exp(max(x, 0))))
    }
    let nilpotent = try matrixExponential(
      Matrix<Scalar>(rows: 3, columns: 3) { i, j in j == i + 1 ? Scalar(t) : 0 })
    let expected = Matrix<Scalar>(rows: 3, columns: 3) { i, j in
      j == i ? 1 : j == i + 1 ? Scalar(t) : j == i + 2 ? Scalar(t * t / 2) : 0
    }
    #expect((nilpotent - expected).largest <= tolerance * max(1, expected.largest))
    let jordan = try matrixExponential([[Scalar(-t), 1], [0, Scalar(-t)]] as Matrix<Scalar>)
    #expect(abs(jordan[0, 1] - Scalar(.exp(-t))) <= tolerance)
  }

  @Test("Symmetric matrices agree with their eigenvalues", arguments: 1...12)
  func symmetric(order: Int) throws {
    var stream = RandomStream(seed: UInt64(order))
    let half = Matrix<Double>.normal(order, order, &stream)
    let a = half + Matrix(half.transposed)
    let expected = try SymmetricEigen(a).applying { .exp($0) }
    let norm = try a.spectralNorm()
    let error = (try matrixExponential(a) - expected).frobenius
    #expect(error <= 20 * Double(order) * Double.ulpOfOne * max(1, norm) * expected.frobenius)
  }

  @Test("e^A e^-A = I, and det e^A = e^trace", arguments: scales.prefix(7))
  func identities(_ scale: Double) throws {
    var stream = RandomStream(seed: 77)
    let a = scale / 8 * Matrix<Double>.normal(8, 8, &stream)
    let (forward, backward) = (try matrixExponential(a), try matrixExponential(-a))
    let size = forward.frobenius * backward.frobenius
    #expect((forward * backward - Matrix(identity: 8)).largest <= 100 * Double.ulpOfOne * size)
    let logDeterminant = try LU(forward).logDeterminant
    #expect(logDeterminant.sign == 1)
    #expect(abs(logDeterminant.log - a.trace) <= 100 * Double.ulpOfOne * size)
  }

  @Test("Empty, one by one, overflow and non-finite")
  func edges() throws {
    #expect(try matrixExponential(Matrix<Double>(zeros: 0, 0)).isEmpty)
    #expect(abs(try matrixExponential([[1]] as Matrix<Double>)[0, 0] - .exp(1)) <= 1e-15)
    #expect(
      thrown { () throws(LinearAlgebraError) in try matrixExponential([[1000]] as Matrix<Double>) }
        == .nonFinite(argument: "the exponential of the matrix"))
    #expect(
      thrown { () throws(LinearAlgebraError) in try matrixExponential([[.nan]] as Matrix<Float>) }
        == .nonFinite(argument: "the matrix"))
    #expect(try matrixExponential([[-1e6]] as Matrix<Double>)[0, 0] == 0)
  }
}
