import Keel
import KeelTransfer
import Testing

@Suite("The integrator of order 8")
struct DormandPrince853Tests {
  struct Oscillator: ODESystem {
    var dimension: Int { 2 }
    func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) {
      dy[0] = y[1]
      dy[1] = -y[0]
    }
  }

  struct Blowup: ODESystem {
    var dimension: Int { 1 }
    func derivative(at y: Span<Double>, into dy: inout MutableSpan<Double>) { dy[0] = y[0] * y[0] }
  }

  @Test("a circle, at its end and between steps", arguments: [1e-6, 1e-9, 1e-12])
  func circle(tolerance: Double) throws {
    let integrator = try DormandPrince853(
      Oscillator(), from: [1, 0], relativeTolerance: tolerance, absoluteTolerance: tolerance)
    var inside = [0.0, 0]
    while integrator.time < 20 {
      try integrator.step(notPast: 20)
      let t = 0.3 * integrator.previousTime + 0.7 * integrator.time
      integrator.interpolate(at: t, into: &inside)
      #expect(agree(inside, [Double.cos(t), -Double.sin(t)], 100 * tolerance))
    }
    #expect(integrator.time == 20)
    #expect(agree(integrator.state, [Double.cos(20), -Double.sin(20)], 100 * tolerance))
  }

  @Test("the error falls with the eighth power of the step")
  func order() throws {
    // With error ~ h^8 and the step chosen from the tolerance as tol^(1/8), evaluations grow by
    // 10^(3/8) = 2.4 when the tolerance falls by 10^3.
    let counts = try [1e-6, 1e-9, 1e-12].map { tolerance in
      let integrator = try DormandPrince853(
        Oscillator(), from: [1, 0], relativeTolerance: tolerance, absoluteTolerance: tolerance)
      while integrator.time < 100 { try integrator.step(notPast: 100) }
      return Double(integrator.acceptedSteps)
    }
    for (coarse, fine) in zip(counts, counts.dropFirst()) {
      #expect((1.9...3.0).contains(fine / coarse), "\(counts)")
    }
  }

  @Test("an end that is one rounding away is reached, not refused")
  func nearEnd() throws {
    let integrator = try DormandPrince853(Oscillator(), from: [1, 0])
    try integrator.step(notPast: 1)
    let end = integrator.time.nextUp
    try integrator.step(notPast: end)
    #expect(integrator.time == end)
  }

  @Test("a solution that grows without bound is an error, not a crash")
  func blowup() throws {
    let integrator = try DormandPrince853(Blowup(), from: [1])
    #expect(throws: IntegrationError.self) {
      while integrator.time < 2 { try integrator.step(notPast: 2) }
    }
    #expect(integrator.time < 1.0001)
    #expect(integrator.state[0].isFinite)
    #expect(throws: IntegrationError.notFinite(time: 0)) { try DormandPrince853(Blowup(), from: [.nan]) }
  }
}
