import Keel
import RealModule
import TestSupport
import Testing

@testable import KeelMixed

@Suite("Kernel of face normalisers")
struct FaceNormalizerKernelTests {
  /// The definition, over all faces, in logarithms; and the probabilities of the bits.
  private func enumerated(_ weights: [Double]) -> (logNormalizer: Double, probabilities: [Double]) {
    let faces = Array(1..<(1 << weights.count))
    let logarithms: [Double] = faces.map { face in
      var sum = 0.0
      for (k, weight) in weights.enumerated() { sum += face >> k & 1 == 1 ? weight : -weight }
      return sum
    }
    let logNormalizer = LogSpace.logSumExp(logarithms)
    let probabilities = weights.indices.map { k in
      let chosen = faces.filter { $0 >> k & 1 == 1 }
      return Double.exp(LogSpace.logSumExp(chosen.map { logarithms[$0 - 1] }) - logNormalizer)
    }
    return (logNormalizer, probabilities)
  }

  private func check<Scalar: MixedScalar>(_ weights: Matrix<Scalar>, _ comment: String) {
    let (normalizers, probabilities) = Scalar.faceProbabilities(ofRows: weights)
    #expect(normalizers == Scalar.faceLogNormalizers(ofRows: weights))
    for r in 0..<weights.rows {
      let row = (0..<weights.columns).map { Double(weights[r, $0]) }
      let expected = enumerated(row)
      // Eight roundings of 1 + Σ|w| at most, from ln Z as a sum of three, and enumeration itself in double.
      let size = 1 + row.reduce(0) { $0 + $1.magnitude }
      let error = (Double(normalizers[r]) - expected.logNormalizer).magnitude
      #expect(error <= 4 * Double(Scalar.ulpOfOne) * size + 1e-14 * size, "\(comment), row \(r): \(row)")
      for k in row.indices {
        let p = Double(probabilities[r, k])
        let tolerance = 12 * Double(Scalar.ulpOfOne) + 8e-16 * size
        #expect(
          (p - expected.probabilities[k]).magnitude <= tolerance * expected.probabilities[k] + 1e-29,
          "\(comment), row \(r), bit \(k): \(row)")
      }
    }
  }

  @Test("closed form and enumeration agree", arguments: InstructionSet.available)
  func enumeration(instructions: InstructionSet) {
    instructions.select {
      for columns in 1...8 {
        for (scale, shift) in [(1.0, 0.0), (1, -3), (10, -20), (100, -500), (3000, -7000), (0.01, -1)] {
          var random = SplitMix(seed: UInt64(columns))
          let weights = random.matrix(9, columns, Double.self).map { shift + scale * $0 }
          check(weights, "Double, \(scale), \(shift)")
          let floats = weights.elements.map { Float($0) }
          check(Matrix(rows: 9, columns: columns, elements: floats), "Float, \(scale), \(shift)")
        }
      }
    }
  }

  @Test("known values")
  func vectors() {
    let weights = Matrix<Double>(rows: 2, columns: 4, elements: [0.5, -1, 0.25, -0.3, -0.2, 0.4, 0, 1])
    let (normalizers, probabilities) = Double.faceProbabilities(ofRows: weights)
    #expect((normalizers[0] - 3.3422775063437307).magnitude < 1e-15)
    let expected = [0.7758589345987452, 0.12650785420568153, 0.6606045639220094, 0.37605840183330586]
    for k in 0..<4 { #expect((probabilities[0, k] - expected[k]).magnitude < 5e-10) }
  }

  @Test(
    "all instruction sets give the same bits",
    arguments: [1, 2, 3, 7, 8, 15, 16, 17, 33, 100, 2048, 2049, 5000])
  func instructionSets(columns: Int) {
    func check<Scalar: MixedScalar>(_: Scalar.Type) {
      var random = SplitMix(seed: UInt64(columns))
      let weights: Matrix<Scalar> = random.matrix(3 + 600 / columns, columns, Scalar.self)
      let shifted = weights.map { 4 * $0 - 5 }
      for weights in [weights, shifted] {
        let expected = InstructionSet.best.select { Scalar.faceProbabilities(ofRows: weights) }
        for instructions in InstructionSet.available {
          let found = instructions.select { Scalar.faceProbabilities(ofRows: weights) }
          #expect(found.logNormalizers == expected.logNormalizers, "\(instructions)")
          #expect(found.probabilities == expected.probabilities, "\(instructions)")
        }
        // Row by row; and Σ P(f_k = 1) is a mean number of vertices, between 1 and K.
        for r in 0..<min(5, weights.rows) {
          let row = Matrix<Scalar>(
            rows: 1, columns: columns, elements: (0..<columns).map { weights[r, $0] })
          #expect(Scalar.faceLogNormalizers(ofRows: row) == [expected.logNormalizers[r]])
          let mean = (0..<columns).reduce(0.0) { $0 + Double(expected.probabilities[r, $1]) }
          #expect(mean > 0.9999 && mean < Double(columns) * 1.0001)
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("weights that are not finite, and no weights", arguments: InstructionSet.available)
  func edges(instructions: InstructionSet) {
    instructions.select {
      #expect(
        Float.faceLogNormalizers(ofRows: Matrix(rows: 2, columns: 0, elements: [])) == [
          -.infinity, -.infinity,
        ])
      #expect(Double.faceLogNormalizers(ofRows: Matrix(rows: 0, columns: 3, elements: [])) == [])
      let strange = Matrix<Double>(
        rows: 4, columns: 2, elements: [.nan, 0, .infinity, 1, 1e300, -1e300, -1e4, -1e4])
      let found = Double.faceLogNormalizers(ofRows: strange)
      #expect(found[0].isNaN)
      #expect(found[1] == .infinity)
      #expect(found[2] == 2e300)
      // Two faces of exp 0 and one of exp(-2e4).
      #expect((found[3] - Double.log(2)).magnitude < 1e-11)
      let floats = Float.faceProbabilities(
        ofRows: Matrix(rows: 1, columns: 6, elements: [-200, -200, -200, -200, -200, -200]))
      #expect((floats.logNormalizers[0] - 801.7917594692281).magnitude < 1e-4)
      #expect((0..<6).allSatisfy { (floats.probabilities[0, $0] - 1 / 6).magnitude < 1e-7 })
    }
  }
}
