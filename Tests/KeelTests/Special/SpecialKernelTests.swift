import Foundation
import Keel
import Testing

/// The functions of arrays against those of one argument, whose errors in units of 2⁻⁵³ come in addition.
@Suite("Special functions of arrays", .serialized)
struct SpecialKernelTests {
  private static let ends: [Double] = [
    -.infinity, -1e300, -1e9, -1, -0.0, 0, 0x1p-1074, 0x1p-1040, 1e-300, 1e-16, 1, 2, 8, 1e300, .infinity,
    .nan,
  ]

  /// A grid on both sides of 0, powers of ten, and neighbours of where formulas change.
  private static let arguments: [Double] = {
    var x = ends
    for i in -1500...1500 { x.append(Double(i) / 37.5 + 1e-3) }
    for i in -300...300 { x += [pow(10, Double(i) / 1.01), -pow(10, Double(i) / 40)] }
    for center in [1.0 / 3, 1, 2, 3, 7, 8, 15, 64, 0x1p30] {
      x += [center.nextDown, center, center.nextUp, -center, center - 1e-4, center + 1e-4]
    }
    return x
  }()

  private func compare(
    _ name: String, _ values: [Double], units: Double, absolute: Bool = false,
    _ function: (Double) -> Double
  ) {
    for (x, value) in zip(Self.arguments, values) {
      let expected = function(x)
      let error =
        expected.isNaN
        ? (value.isNaN ? 0 : .infinity)
        : unitsApart(value, expected, scale: absolute ? 1 + expected.magnitude : 0)
      // An expectation for each would take longer than the kernels.
      if error > units { Issue.record("\(name)(\(x)) = \(value), not \(expected): \(error) units") }
    }
  }

  @Test(
    "agree with the functions of one argument, on every instruction set", arguments: InstructionSet.available)
  func values(instructionSet: InstructionSet) {
    instructionSet.select {
      let x = Self.arguments
      let normal = StandardNormal.logCumulativeAndInverseMillsRatio(x)
      #expect(
        zip(normal.values, StandardNormal.logCumulative(x)).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
      compare("ln Φ", normal.values, units: 16) { StandardNormal.logCumulative($0) }
      compare("φ/Φ", normal.slopes, units: 18) { StandardNormal.inverseMillsRatio($0) }
      compare("ln Γ", GammaFunction.log(x), units: 16) { GammaFunction.log($0) }
      compare("ψ", GammaFunction.digamma(x), units: 16, absolute: true) { GammaFunction.digamma($0) }
      compare("softplus", LogSpace.softplus(x), units: 10) { LogSpace.softplus($0) }
      compare("log1mExp", LogSpace.log1mExp(x), units: 13) { LogSpace.log1mExp($0) }
    }
  }

  private static func all(_ x: [Double]) -> [UInt64] {
    let normal = StandardNormal.logCumulativeAndInverseMillsRatio(x)
    let values =
      normal.values + normal.slopes + GammaFunction.log(x) + GammaFunction.digamma(x) + LogSpace.softplus(x)
      + LogSpace.log1mExp(x)
    // The sign and payload of a NaN are the processor's choice.
    return values.map { $0.isNaN ? 0 : $0.bitPattern }
  }

  @Test("return the same bits on every instruction set")
  func bits() {
    let portable = InstructionSet.portable.select { Self.all(Self.arguments) }
    for instructionSet in InstructionSet.available {
      #expect(instructionSet.select { Self.all(Self.arguments) } == portable, "\(instructionSet)")
    }
  }

  @Test("return the same for an entry wherever it is, in arrays of 0 to 64 entries")
  func lengths() {
    let x = (0..<64).map { Double($0) / 7 + 0.1 }
    let whole = GammaFunction.log(x)
    let normal = StandardNormal.logCumulativeAndInverseMillsRatio(x)
    for count in 0...64 {
      let part = Array(x[(64 - count)...])
      #expect(GammaFunction.log(part) == Array(whole[(64 - count)...]))
      let values = StandardNormal.logCumulativeAndInverseMillsRatio(part)
      #expect(values.values == Array(normal.values[(64 - count)...]))
      #expect(values.slopes == Array(normal.slopes[(64 - count)...]))
    }
  }
}
