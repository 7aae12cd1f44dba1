import Keel
import KeelTransfer
import Testing

/// Which optimizers keep which invariants, on example a after 500 steps. The figures were computed
/// independently in another language.
@Suite("Drift of the invariants")
struct InvariantDriftTests {
  private func train(
    _ optimizer: Optimizer, coordinates: DiscreteTraining.Coordinates? = nil, seed: UInt64 = 0
  ) throws -> DiscreteTraining {
    var training = try DiscreteTraining(
      ReferenceProblem.a.get(), head: ReferenceProblem.head, optimizer: optimizer, coordinates: coordinates,
      using: RandomStream(seed: seed))
    training.run(steps: 500)
    return training
  }

  @Test("gradient descent keeps rows outside the span and drifts in balance")
  func gradientDescent() throws {
    let training = try train(.gradientDescent(learningRate: 0.01), coordinates: .full)
    #expect(training.drift.rowSpace <= 1e-14)
    #expect(agree(training.drift.imbalance, 1.482e-2, 5e-6))
    #expect(agree(training.losses.outOfDistribution, 0.4374, 5e-5))
  }

  @Test("momentum drifts in balance twenty times as much, and ends below the flow's error")
  func momentum() throws {
    let training = try train(.heavyBall(learningRate: 0.001, momentum: 0.9))
    #expect(training.drift.rowSpace == 0)
    #expect(agree(training.drift.imbalance, 0.2749, 5e-5))
    // Gradient flow ends at 0.4404.
    #expect(agree(training.losses.outOfDistribution, 0.3205, 5e-5))
    let nesterov = try train(.nesterov(learningRate: 0.001, momentum: 0.9))
    #expect(agree(nesterov.drift.imbalance, 0.2350, 5e-5))
    #expect(agree(nesterov.losses.outOfDistribution, 0.3371, 5e-5))
  }

  @Test("single inputs keep rows outside the span and drift in balance", arguments: 0..<5 as Range<UInt64>)
  func stochastic(seed: UInt64) throws {
    // A single input's gradient without the factor n = 10, at the rate 0.01.
    let training = try train(.stochastic(learningRate: 0.001), coordinates: .full, seed: seed)
    #expect(training.drift.rowSpace <= 1e-14)
    #expect((6e-3...9e-3).contains(training.drift.imbalance), "\(training.drift.imbalance)")
  }

  @Test("weight decay shrinks the features outside the span by its factor and no more")
  func weightDecay() throws {
    let problem = try ReferenceProblem.a.get()
    for decay in [Optimizer.WeightDecay.penalty(0.1), .decoupled(0.1)] {
      let optimizer = Optimizer(.gradientDescent, learningRate: 0.01, weightDecay: decay)
      let factor = Double.pow(1 - 0.01 * 0.1, 500)
      let reduced = try train(optimizer)
      // 500 products, each rounded twice.
      #expect(agree(try #require(reduced.outsideFactor), factor, 500 * .ulpOfOne))
      let full = try train(optimizer, coordinates: .full)
      let basis = full.reduced.rowSpaceBasis
      func outside(_ b: Matrix<Double>) -> Matrix<Double> { b - (b * basis.transposed) * basis }
      #expect(
        outside(full.features).maximumDifference(from: factor * outside(problem.pretrainedFeatures)) <= 1e-13)
      #expect(agree(full.drift.rowSpace, 0.4720, 5e-5))
    }
  }

  @Test("the penalty on the distance from the start keeps rows outside the span")
  func startingPointPenalty() throws {
    let optimizer = Optimizer(
      .heavyBall(momentum: 0.9), learningRate: 0.001, startingPointPenalty: .init(features: 0.1))
    let training = try train(optimizer, coordinates: .full)
    #expect(training.drift.rowSpace <= 1e-14)
    #expect(training.drift.imbalance > 1e-2)
    var free = optimizer
    free.startingPointPenalty = .none
    let distance = { (training: DiscreteTraining) in
      BLAS.nrm2((training.features - training.problem.pretrainedFeatures).elements)
    }
    #expect(distance(training) < distance(try train(free)))
  }

  @Test("Adam moves rows outside the span, and ends three times above the flow's error")
  func adam() throws {
    let training = try train(.adam(learningRate: 0.01))
    #expect(training.coordinates == .full && training.outsideFactor == nil)
    #expect(agree(training.drift.rowSpace, 0.9514, 5e-5))
    #expect(agree(training.drift.imbalance, 1.232, 5e-4))
    #expect(agree(training.losses.outOfDistribution, 1.3474, 5e-5))
    #expect(training.losses.training < 1e-20)
  }

  @Test("the drift of gradient descent is the sum of what its steps say they change")
  func prediction() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    var descent = GradientDescent(reduced, head: ReferenceProblem.head, stepSize: 0.01)
    let start = descent.state.imbalance
    var predicted = Matrix<Double>(zeros: 3, 3)
    for _ in 0..<500 {
      predicted += descent.imbalanceChange
      descent.step()
    }
    // Rounding of 500 steps of numbers of size one.
    #expect((descent.state.imbalance - start).maximumDifference(from: predicted) <= 500 * 2 * .ulpOfOne)
    var training = try DiscreteTraining(
      problem, head: ReferenceProblem.head, optimizer: .gradientDescent(learningRate: 0.01))
    let records = training.run(steps: 500, recordingEvery: 60)
    #expect(records.map(\.step) == [0, 60, 120, 180, 240, 300, 360, 420, 480, 500])
    #expect(records[0].drift.imbalance <= 1e-15)
    let largest = predicted.elements.reduce(0) { max($0, $1.magnitude) }
    #expect(agree(records[9].drift.imbalance, largest, 1e-13))
    #expect(training.head == descent.head && training.state == descent.state)
  }
}
