import Keel
import KeelTransfer
import Testing

@Suite("Optimizers")
struct OptimizerTests {
  /// Optimizers of every kind; the first ones run in reduced coordinates too.
  static let invariant: [Optimizer] = {
    var all: [Optimizer] = [
      .gradientDescent(learningRate: 0.01), .heavyBall(learningRate: 0.002, momentum: 0.9),
      .nesterov(learningRate: 0.002, momentum: 0.9), .stochastic(learningRate: 0.002),
      .stochastic(learningRate: 0.004, batches: .shuffled(size: 3)),
    ]
    for rule in [Optimizer.Rule.gradientDescent, .heavyBall(momentum: 0.8), .nesterov(momentum: 0.8)] {
      all.append(Optimizer(rule, learningRate: 0.004, weightDecay: .penalty(0.3)))
      all.append(
        Optimizer(
          rule, learningRate: 0.004, weightDecay: .decoupled(0.3),
          startingPointPenalty: .init(features: 0.2, head: 0.1), batches: .withReplacement(size: 4)))
      all.append(Optimizer(rule, learningRate: 0.004, startingPointPenalty: .init(features: 0.2)))
    }
    return all
  }()

  /// The definition of every optimizer, in full coordinates and with plain loops.
  static func reference(
    _ problem: LinearTransferProblem, head: [Double], optimizer: Optimizer, steps: Int,
    rows: (Int) -> [Int]
  ) -> (head: [Double], features: Matrix<Double>) {
    let k = problem.featureCount
    let start = head + problem.pretrainedFeatures.elements
    var p = start
    var u = [Double](repeating: 0, count: p.count)
    var s = u
    let eta = optimizer.learningRate
    let labels = problem.labels
    for step in 1...steps {
      let b = Matrix(rows: k, columns: problem.inputDimension, elements: Array(p[k...]))
      let v = Array(p[..<k])
      let w = b.transposed * v
      let batch = rows(step)
      var g = [Double](repeating: 0, count: w.count)
      for i in batch {
        let x = Array(problem.inputs.row(i))
        let misfit = zip(x, w).reduce(-labels[i]) { $0 + $1.0 * $1.1 }
        for j in g.indices {
          g[j] += 2 * misfit * x[j] * Double(problem.inputs.rows) / Double(batch.count)
        }
      }
      var gradient = b * g + v.flatMap { a in g.map { a * $0 } }
      let decay = optimizer.weightDecay
      let decays = { (i: Int) in i >= k || decay.includesHead ? decay.strength : 0 }
      let pull = { (i: Int) in
        i < k ? optimizer.startingPointPenalty.head : optimizer.startingPointPenalty.features
      }
      for i in p.indices {
        gradient[i] += pull(i) * (p[i] - start[i])
        if decay.kind == .penalty { gradient[i] += decays(i) * p[i] } else { p[i] -= eta * decays(i) * p[i] }
        switch optimizer.rule {
        case .gradientDescent: p[i] -= eta * gradient[i]
        case .heavyBall(let mu):
          u[i] = mu * u[i] + gradient[i]
          p[i] -= eta * u[i]
        case .nesterov(let mu):
          u[i] = mu * u[i] + gradient[i]
          p[i] -= eta * (gradient[i] + mu * u[i])
        case .adam(let beta1, let beta2, let epsilon):
          u[i] += (1 - beta1) * (gradient[i] - u[i])
          s[i] += (1 - beta2) * (gradient[i] * gradient[i] - s[i])
          let (a, b) = (1 - Double.pow(beta1, Double(step)), 1 - Double.pow(beta2, Double(step)))
          p[i] -= eta * (u[i] / a) / ((s[i] / b).squareRoot() + epsilon)
        }
      }
    }
    return (
      Array(p[..<k]), Matrix(rows: k, columns: problem.inputDimension, elements: Array(p[k...]))
    )
  }

  @Test(
    "full-batch steps are those of the definition",
    arguments: (invariant + [.adam(), Optimizer(.adam(beta1: 0.5), learningRate: 0.02)]).filter {
      $0.batches == .full
    })
  func definition(optimizer: Optimizer) throws {
    for index in 0..<3 {
      let (problem, head) = try GradientFlowTests.problem(index)
      var training = try DiscreteTraining(problem, head: head, optimizer: optimizer)
      training.run(steps: 40)
      let all = Array(0..<problem.inputs.rows)
      let expected = Self.reference(problem, head: head, optimizer: optimizer, steps: 40) { _ in all }
      // Forty steps of sums of at most twenty terms of size about one. Adam divides by the size of a
      // gradient, which magnifies the rounding of small ones.
      let tolerance = optimizer.isRotationInvariant ? 1e-12 : 1e-9
      #expect(agree(training.head, expected.head, tolerance))
      #expect(training.features.maximumDifference(from: expected.features) <= tolerance)
    }
  }

  @Test("reduced coordinates give the iterates of full ones", arguments: invariant)
  func coordinates(optimizer: Optimizer) throws {
    for index in 3..<6 {
      let (problem, head) = try GradientFlowTests.problem(index)
      guard problem.inputs.rows >= 3 else { continue }
      let stream = RandomStream(seed: 7).stream(index)
      var reduced = try DiscreteTraining(problem, head: head, optimizer: optimizer, using: stream)
      var full = try DiscreteTraining(
        problem, head: head, optimizer: optimizer, coordinates: .full, using: stream)
      #expect(reduced.coordinates == .reduced && full.coordinates == .full)
      for _ in 0..<3 {
        reduced.run(steps: 25)
        full.run(steps: 25)
        let note: Comment = "problem \(index), step \(reduced.stepCount)"
        #expect(agree(reduced.head, full.head, 1e-12), note)
        #expect(reduced.features.maximumDifference(from: full.features) <= 1e-12, note)
        #expect(
          reduced.state.features.maximumDifference(from: full.state.features) <= 1e-12, note)
        let (a, b) = (reduced.losses, full.losses)
        #expect(
          agree(
            [a.training, a.inDistribution, a.outOfDistribution],
            [b.training, b.inDistribution, b.outOfDistribution], 1e-11 * (1 + b.training)), note)
        #expect(agree(reduced.drift.rowSpace, full.drift.rowSpace, 1e-12), note)
        #expect(agree(reduced.drift.imbalance, full.drift.imbalance, 1e-11), note)
        #expect(full.drift.rowSpace <= 1e-12 || !optimizer.keepsRowSpace, note)
        if optimizer.keepsRowSpace {
          #expect(reduced.drift.rowSpace == 0 && reduced.outsideFactor == 1, note)
        }
      }
    }
  }

  @Test("a second moment of inputs weighs losses the same in both coordinates")
  func secondMoment() throws {
    let (plain, head) = try GradientFlowTests.problem(3)
    let d = plain.inputDimension
    var stream = RandomStream(seed: 5)
    let factor = Matrix<Double>(rows: d, columns: d, elements: stream.normals(count: d * d))
    let problem = try LinearTransferProblem(
      inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures, trueFeatures: plain.trueFeatures,
      trueHead: plain.trueHead, oodSecondMoment: factor.gram())
    let optimizer = Optimizer(.heavyBall(momentum: 0.5), learningRate: 0.005, weightDecay: .penalty(0.5))
    let losses = try DiscreteTraining.Coordinates.allCases.map { coordinates in
      var training = try DiscreteTraining(
        problem, head: head, optimizer: optimizer, coordinates: coordinates)
      training.run(steps: 30)
      return training.losses.outOfDistribution
    }
    #expect(agree(losses[0], losses[1], 1e-11 * losses[1]))
  }

  @Test("same stream, same path; batches cover what they say")
  func batches() throws {
    let problem = try ReferenceProblem.a.get()
    let n = problem.inputs.rows
    func path(_ batches: Optimizer.Batches, seed: UInt64, steps: Int) throws -> DiscreteTraining {
      var training = try DiscreteTraining(
        problem, head: ReferenceProblem.head,
        optimizer: .stochastic(learningRate: 0.001, batches: batches), using: RandomStream(seed: seed))
      training.run(steps: steps)
      return training
    }
    for batches in [Optimizer.Batches.withReplacement(size: 2), .shuffled(size: 4)] {
      let (a, b) = (try path(batches, seed: 1, steps: 20), try path(batches, seed: 1, steps: 20))
      #expect(a.head == b.head && a.features == b.features)
      #expect(try path(batches, seed: 2, steps: 20).head != a.head)
    }
    // One batch of everything is the full batch.
    var full = try DiscreteTraining(
      problem, head: ReferenceProblem.head, optimizer: .gradientDescent(learningRate: 0.001))
    full.run(steps: 20)
    #expect(agree(try path(.shuffled(size: n), seed: 3, steps: 20).head, full.head, 1e-14))
    // Features of a single row: B moves by a multiple of v₀xᵀ.
    let one = try path(.withReplacement(size: 1), seed: 4, steps: 1)
    let change = one.features - problem.pretrainedFeatures
    let fits = (0..<n).contains { i in
      let x = Array(problem.inputs.row(i))
      let scale =
        BLAS.dot(change.row(0), x) / (BLAS.dot(x, x) * ReferenceProblem.head[0])
      return change.maximumDifference(from: scale * Matrix(outerProductOf: ReferenceProblem.head, x)) <= 1e-14
    }
    #expect(fits)
  }

  @Test("an epoch of shuffled batches has every input once")
  func epochs() throws {
    // With one-hot inputs, features that learn show which inputs were seen.
    let (n, d) = (7, 20)
    let inputs = Matrix<Double>(rows: n, columns: d) { i, j in i == j ? 1 : 0 }
    let truth = Matrix<Double>(row: [Double](repeating: (1 / Double(d)).squareRoot(), count: d))
    let problem = try LinearTransferProblem(
      inputs: inputs, pretrainedFeatures: truth, trueFeatures: truth, trueHead: [2])
    var training = try DiscreteTraining(
      problem, head: [1], optimizer: .stochastic(learningRate: 1e-9, batches: .shuffled(size: 3)))
    for epoch in 0..<3 {
      let before = training.features
      training.run(steps: 3)
      let change = (training.features - before).elements
      // Batches of 3, 3 and 1 inputs weigh n over their size; each input moves once an epoch.
      let steps = change[..<n].map { (change.max() ?? 0) / $0 }
      #expect(steps.count { ($0 - 3).magnitude < 1e-4 } == 6, "epoch \(epoch): \(steps)")
      #expect(steps.count { ($0 - 1).magnitude < 1e-4 } == 1, "epoch \(epoch): \(steps)")
    }
  }

  @Test("numbers out of range are named")
  func errors() throws {
    let problem = try ReferenceProblem.a.get()
    func message(_ optimizer: Optimizer, _ coordinates: DiscreteTraining.Coordinates? = nil) -> String {
      do {
        _ = try DiscreteTraining(
          problem, head: ReferenceProblem.head, optimizer: optimizer, coordinates: coordinates)
        return "no error"
      } catch { return "\(error)" }
    }
    #expect(message(.gradientDescent(learningRate: 0)) == "no error")
    #expect(
      message(.gradientDescent(learningRate: -1))
        == "learningRate must be finite and not negative, but is -1.0")
    #expect(message(.gradientDescent(learningRate: .nan)).hasPrefix("learningRate must be finite"))
    #expect(
      message(.heavyBall(learningRate: 0.1, momentum: 1))
        == "momentum must be at least 0 and below 1, but is 1.0")
    #expect(message(Optimizer(.adam(beta2: 1), learningRate: 1)).hasPrefix("beta2 must be"))
    #expect(message(Optimizer(.adam(epsilon: 0), learningRate: 1)).hasPrefix("epsilon must be"))
    #expect(
      message(.stochastic(learningRate: 1, batches: .shuffled(size: 11)))
        == "batches must hold 1 to 10 of the inputs, but hold 11")
    #expect(
      message(.stochastic(learningRate: 1, batches: .withReplacement(size: 0))).hasPrefix("batches must"))
    #expect(
      message(Optimizer(.gradientDescent, learningRate: 1, weightDecay: .decoupled(-1))).hasPrefix(
        "weightDecay must be"))
    #expect(
      message(
        Optimizer(.gradientDescent, learningRate: 1, startingPointPenalty: .init(features: .infinity))
      ).hasPrefix("startingPointPenalty.features must be"))
    #expect(
      message(.adam(), .reduced)
        == "coordinates must be full for Adam, whose steps depend on the coordinates")
  }

  @Test("overflow is noticed")
  func overflow() throws {
    var training = try DiscreteTraining(
      ReferenceProblem.a.get(), head: ReferenceProblem.head, optimizer: .gradientDescent(learningRate: 10))
    #expect(training.isFinite)
    training.run(steps: 200)
    #expect(!training.isFinite)
  }
}
