import Keel
import KeelTransfer
import TestSupport
import Testing

@Suite("Gradient descent")
struct GradientDescentTests {
  @Test("20,000 steps in reduced coordinates are those in full ones")
  func longRun() throws {
    var stream = RandomStream(seed: 60_200)
    let problem = try LinearTransferProblem.random(
      featureCount: 8, inputDimension: 200, trainingCount: 60, weightNorm: 1, featureDistance: 0.3,
      using: &stream)
    let head: [Double] = stream.normals(count: 8)
    let reduced = try ReducedTransferProblem(problem)
    // A quarter of the limit of stability at the start.
    let rate = 0.5 / (2 * reduced.eigenvalues[0] * (1 + BLAS.dot(head, head)))
    var descent = GradientDescent(reduced, head: head, stepSize: rate)
    var full = FullGradientDescent(problem, head: head, stepSize: rate)
    // Rounding does not add up over the steps, for training contracts towards its limit: the difference
    // that was seen is 1e-15.
    descent.run(steps: 20_000)
    full.run(steps: 20_000)
    let features = reduced.fullFeatures(descent.state, pretrained: problem.pretrainedFeatures)
    #expect(agree(descent.head, full.head, 1e-14))
    #expect(features.maximumDifference(from: full.features) <= 1e-14)
  }

  @Test("the full step is that of the definition, with the same bits on every instruction set")
  func fullStep() throws {
    for (n, d, k) in [(1, 2, 1), (3, 9, 2), (9, 17, 3), (20, 33, 9)] {
      var random = SplitMix(seed: UInt64(n))
      let (x, y): (Matrix<Double>, [Double]) = (random.matrix(n, d), random.array(n))
      var (b, v): (Matrix<Double>, [Double]) = (random.matrix(k, d), random.array(k))
      let start = (b, v)
      let rate = 1.0 / 256
      for _ in 0..<5 {
        let misfit = zip(y, x * (b.transposed * v)).map { $0 - $1 }
        let gradient = x.transposed * misfit
        let along = b * gradient
        b += (2 * rate) * Matrix(outerProductOf: v, gradient)
        v = zip(v, along).map { $0 + 2 * rate * $1 }
      }
      let results = InstructionSet.available.map { instructions in
        instructions.select {
          var descent = FullGradientDescent(
            inputs: x, labels: y, features: start.0, head: start.1, stepSize: rate)
          descent.run(steps: 3)
          // Steps of a copy leave the value alone.
          var copy = descent
          copy.run(steps: 2)
          descent.step()
          descent.step()
          #expect(copy.head == descent.head && copy.features == descent.features)
          return (descent.head, descent.features)
        }
      }
      for result in results {
        #expect(result.0 == results[0].0 && result.1 == results[0].1)
      }
      // Five short steps with numbers of size one, by sums of at most 33 terms.
      #expect(agree(results[0].0, v, 1e-12) && results[0].1.maximumDifference(from: b) <= 1e-12)
    }
  }

  @Test("without inputs or features nothing moves")
  func empty() {
    for (n, k) in [(0, 2), (3, 0)] {
      var random = SplitMix(seed: 5)
      let (x, b): (Matrix<Double>, Matrix<Double>) = (random.matrix(n, 9), random.matrix(k, 9))
      let (y, v): ([Double], [Double]) = (random.array(n), random.array(k))
      var descent = FullGradientDescent(inputs: x, labels: y, features: b, head: v, stepSize: 0.1)
      descent.run(steps: 2)
      #expect(descent.head == v && descent.features == b, "\(n) inputs and \(k) features")
    }
  }

  @Test("single precision follows double precision to its accuracy")
  func single() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    var exact = GradientDescent(reduced, head: ReferenceProblem.head, stepSize: 0.01)
    var single = GradientDescent(
      reduced, head: ReferenceProblem.head.map { Float($0) }, stepSize: Float(0.01))
    var full = FullGradientDescent(
      problem, head: ReferenceProblem.head.map { Float($0) }, stepSize: Float(0.01))
    exact.run(steps: 100)
    single.run(steps: 100)
    full.run(steps: 100)
    // A hundred steps that each round numbers of size one to 6e-8.
    #expect(agree(single.state.head, exact.head, 1e-5))
    #expect(single.state.features.maximumDifference(from: exact.features) <= 1e-5)
    #expect(agree(full.head.map { Double($0) }, exact.head, 1e-5))
    #expect(single.imbalanceChange.maximumDifference(from: exact.imbalanceChange) <= 1e-7)
  }

  @Test("many steps are as many single steps, to the bit")
  func splitting() throws {
    let reduced = try ReducedTransferProblem(ReferenceProblem.a.get())
    var (one, many) = (
      GradientDescent(reduced, head: ReferenceProblem.head, stepSize: 0.01),
      GradientDescent(reduced, head: ReferenceProblem.head, stepSize: 0.01)
    )
    many.run(steps: 40)
    many.run(steps: 0)
    for _ in 0..<40 { one.step() }
    #expect(one.head == many.head && one.features == many.features)
  }
}
