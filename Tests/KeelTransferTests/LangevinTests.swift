import Keel
import KeelTransfer
import Testing

@Suite("Langevin dynamics")
struct LangevinTests {
  static func setting(
    stepSize: Double = 0.01, seed: UInt64 = 1
  ) throws -> (LinearTransferProblem, ReducedTransferProblem, LangevinDynamics) {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    let dynamics = try LangevinDynamics(
      problem, reduced: reduced, head: ReferenceProblem.head, stepSize: stepSize,
      stream: RandomStream(seed: seed).stream("langevin"))
    return (problem, reduced, dynamics)
  }

  @Test("at temperature zero the steps are those of gradient descent")
  func zeroTemperature() throws {
    var (_, reduced, dynamics) = try Self.setting()
    var descent = GradientDescent(reduced, head: ReferenceProblem.head, stepSize: 0.01)
    try dynamics.run(
      LangevinPhase(.fineTuning, headTemperature: 0, featureTemperature: 0, duration: 1))
    descent.run(steps: 100)
    // Sums of about ten terms in another order, over 100 contracting steps.
    #expect(agree(dynamics.state.head, descent.state.head, 1e-13))
    #expect(dynamics.state.features.maximumDifference(from: descent.state.features) <= 1e-13)
    #expect(dynamics.point.movementOutside == 0)
  }

  @Test("the same seed gives the same path, another one does not")
  func seeds() throws {
    let phase = LangevinPhase(.fineTuning, headTemperature: 0.01, featureTemperature: 0.02, duration: 0.5)
    let paths = try [1, 1, 2].map { (seed: UInt64) in
      var (_, _, dynamics) = try Self.setting(seed: seed)
      return try dynamics.run(phase, recordingEvery: 7)
    }
    #expect(paths[0] == paths[1] && paths[0] != paths[2])
    #expect(paths[0].count == 8 && paths[0].map(\.time).last == 0.5)
  }

  @Test("noise moves the features outside the span of the inputs as a random walk")
  func randomWalk() throws {
    let (temperature, duration, count) = (0.05, 0.2, 40)
    let phase = LangevinPhase(
      .fineTuning, headTemperature: 0, featureTemperature: temperature, duration: duration)
    let squares = try (0..<count).map { seed -> Double in
      var (problem, reduced, dynamics) = try Self.setting(seed: UInt64(seed))
      let end = try dynamics.run(phase)
      // The losses and movements by their definitions.
      let b = dynamics.fullFeatures
      let error = zip(b.transposed * dynamics.state.head, problem.trueWeights).map { $0 - $1 }
      #expect(agree(end[0].losses.outOfDistribution, BLAS.dot(error, error), 1e-12))
      let moved = b - problem.pretrainedFeatures
      let total = BLAS.dot(moved.elements, moved.elements)
      let parts = end[0].movementInside * end[0].movementInside
      let outside = end[0].movementOutside * end[0].movementOutside
      #expect(agree(total, parts + outside, 1e-12 * (1 + total)) && reduced.rank == 10)
      return outside
    }
    // A sum of 40 · 3 · 10 squares of normals of variance 2Tt: relative standard error √(2/1200).
    let expected = 2 * temperature * duration * 30
    #expect(agree(squares.reduce(0, +) / Double(count), expected, 4 * expected * (2.0 / 1200).squareRoot()))
  }

  @Test("a noisy probe has the Gaussian law of its closed form, after a time and at rest")
  func probeLaw() throws {
    let (h, temperature) = (0.05, 0.3)
    let (_, reduced, _) = try Self.setting()
    let probe = try LinearProbe(reduced, from: ReferenceProblem.head)
    for time in [0.5, 8] {
      let law = try probe.law(at: time, temperature: temperature, stepSize: h)
      let phase = LangevinPhase(
        .linearProbing, headTemperature: temperature, featureTemperature: 1, duration: time)
      let count = time < 1 ? 1000 : 200
      let heads = try (0..<count).map { seed -> [Double] in
        var (_, _, dynamics) = try Self.setting(stepSize: h, seed: UInt64(seed))
        try dynamics.run(phase)
        return dynamics.state.head
      }
      for i in 0..<3 {
        let mean = heads.reduce(0) { $0 + $1[i] } / Double(count)
        // Four standard errors of a mean, and of a covariance of normals.
        let deviation = law.covariance[i, i].squareRoot()
        #expect(agree(mean, law.mean[i], 4 * deviation / Double(count).squareRoot()), "time \(time)")
        for j in 0...i {
          let sample = heads.reduce(0) { $0 + ($1[i] - law.mean[i]) * ($1[j] - law.mean[j]) } / Double(count)
          let product = law.covariance[i, i] * law.covariance[j, j]
          let error = ((product + law.covariance[i, j] * law.covariance[i, j]) / Double(count)).squareRoot()
          #expect(agree(sample, law.covariance[i, j], 4.5 * error), "time \(time), entry \(i), \(j)")
        }
      }
    }
  }

  @Test("the stationary law is that of Gibbs: mean at the probe, covariance T/2 times the inverse of CΛCᵀ")
  func stationaryLaw() throws {
    let (_, reduced, _) = try Self.setting()
    let probe = try LinearProbe(reduced, from: ReferenceProblem.head)
    let law = try probe.law(at: .infinity, temperature: 0.4)
    let hessian =
      2
      * (reduced.initialFeatures.scalingColumns(by: reduced.eigenvalues) * reduced.initialFeatures.transposed)
    #expect(law.mean == probe.head)
    #expect((hessian * law.covariance).maximumDifference(from: 0.4 * Matrix(identity: 3)) <= 1e-13)
    // Steps make it wider, at the first order.
    let fine = try probe.law(at: .infinity, temperature: 0.4, stepSize: 1e-7)
    #expect(fine.covariance.maximumDifference(from: law.covariance) <= 1e-6)
    // The exact recursion of the covariance, S ← (I - hH)S(I - hH) + 2Th, and of the mean.
    let h = 0.11
    let decay = Matrix(identity: 3) - h * hessian
    var covariance = Matrix<Double>(zeros: 3, 3)
    var mean = ReferenceProblem.head
    for _ in 0..<7 {
      covariance = decay * covariance * decay.transposed + (0.8 * h) * Matrix(identity: 3)
      mean = zip(probe.head, decay * zip(mean, probe.head).map { $0 - $1 }).map { $0 + $1 }
    }
    let seven = try probe.law(at: 7 * h, temperature: 0.4, stepSize: h)
    #expect(seven.covariance.maximumDifference(from: covariance) <= 1e-13)
    #expect(agree(seven.mean, mean, 1e-13))
    // Steps at the limit of stability of the fastest mode, where the variance grows linearly, and above it.
    let fastest = try #require(probe.rateRange?.upperBound)
    for h in [2 / fastest, 1 / fastest, 2.1 / fastest] {
      let decay = Matrix(identity: 3) - h * hessian
      var covariance = Matrix<Double>(zeros: 3, 3)
      for _ in 0..<5 { covariance = decay * covariance * decay.transposed + (0.8 * h) * Matrix(identity: 3) }
      let law = try probe.law(at: 5 * h, temperature: 0.4, stepSize: h)
      #expect(law.covariance.maximumDifference(from: covariance) <= 1e-12, "h = \(h)")
    }
    let still = try probe.law(at: 0, temperature: 0.4, stepSize: 1 / fastest)
    #expect(still.covariance == Matrix(zeros: 3, 3))
    #expect(agree(still.mean, ReferenceProblem.head, 1e-15))
    let continuous = try probe.law(at: 0.25, temperature: 0)
    #expect(agree(continuous.mean, probe.head(at: 0.25), 1e-14))
    #expect(continuous.covariance == Matrix(zeros: 3, 3))
  }

  @Test("expected losses of a Gaussian head are those of many heads")
  func expectedLosses() throws {
    let (_, reduced, _) = try Self.setting()
    let probe = try LinearProbe(reduced)
    let law = try probe.law(at: .infinity, temperature: 0.1)
    let expected = probe.expectedLosses(of: law)
    // Exact: the mean over ± columns of a square root of the covariance, scaled by √k (sigma points).
    let eigen = try SymmetricEigen(law.covariance)
    var sum = [0.0, 0, 0]
    for i in 0..<3 {
      for sign in [-1.0, 1] {
        let scale = sign * (3 * eigen.values[i]).squareRoot()
        let head = (0..<3).map { law.mean[$0] + scale * eigen.vectors[$0, i] }
        let losses = reduced.losses(of: TransferState(head: head, features: reduced.initialFeatures))
        sum[0] += losses.training / 6
        sum[1] += losses.inDistribution / 6
        sum[2] += losses.outOfDistribution / 6
      }
    }
    #expect(agree(expected.training, sum[0], 1e-13))
    #expect(agree(expected.inDistribution, sum[1], 1e-13))
    #expect(agree(expected.outOfDistribution, sum[2], 1e-13))
    // The training loss of a Gibbs law exceeds the least by T/2 a degree of freedom.
    #expect(agree(expected.training, probe.point().losses.training + 3 * 0.1 / 2, 1e-13))
  }

  @Test("a privacy budget sets temperatures by phase, and impossible ones are refused")
  func budget() throws {
    func phases(
      budget: Double = 2, share: Double = 0.25, sensitivity: Double = 0.1, time: Double = 3
    ) throws -> [LangevinPhase] {
      try LangevinPhase.probingThenFineTuning(
        budget: budget, probingShare: share, sensitivity: sensitivity, probingTime: time, fineTuningTime: 5)
    }
    let both = try phases()
    #expect(both.count == 2 && both[0].rates == .linearProbing && both[1].rates == .fineTuning)
    #expect(agree(both[0].headTemperature, 3 * 0.01 / (4 * 0.5), 1e-15))
    #expect(agree(both[1].featureTemperature, 5 * 0.01 / (4 * 1.5), 1e-15))
    // Steps of length h with gradient noise σΔ = √(2T/h) cost Δ²/(2σ²Δ²) each: the shares add up to ρ.
    let cost = both.reduce(0) { $0 + ($1.duration / 0.01) * 0.01 / (2 * (2 * $1.headTemperature / 0.01)) }
    #expect(agree(cost, 2, 1e-12))
    #expect(try phases(share: 0).count == 1 && phases(share: 1).map(\.rates) == [.linearProbing])
    for bad in [-1, .nan, .infinity] as [Double] {
      #expect(throws: TransferError.self) { try phases(budget: bad) }
      #expect(throws: TransferError.self) { try phases(share: bad) }
      #expect(throws: TransferError.self) { try phases(sensitivity: bad) }
      #expect(throws: TransferError.self) { try phases(time: bad) }
    }
  }

  @Test("steps that are too long, and laws that do not exist, are errors")
  func errors() throws {
    var (_, reduced, dynamics) = try Self.setting(stepSize: 1e3)
    let before = dynamics.state
    #expect(throws: TransferError.self) {
      try dynamics.run(
        LangevinPhase(.fineTuning, headTemperature: 0, featureTemperature: 0, duration: 1e5))
    }
    #expect(dynamics.state.head.allSatisfy(\.isFinite) && dynamics.state != before)
    let probe = try LinearProbe(reduced)
    #expect(throws: TransferError.self) { try probe.law(at: .infinity, temperature: 1, stepSize: 10) }
    var stream = RandomStream(seed: 2)
    let wide = try LinearTransferProblem.random(
      featureCount: 3, inputDimension: 8, trainingCount: 2, weightNorm: 1, featureDistance: 0.3,
      using: &stream)
    let undetermined = try LinearProbe(ReducedTransferProblem(wide))
    #expect(throws: TransferError.self) { try undetermined.law(at: .infinity, temperature: 1) }
    // In the one unseen direction the variance is 2Tt.
    let law = try undetermined.law(at: 5, temperature: 1)
    let largest = try SymmetricEigen(law.covariance).values.last ?? .nan
    #expect(agree(largest, 10, 1e-12))
  }
}
