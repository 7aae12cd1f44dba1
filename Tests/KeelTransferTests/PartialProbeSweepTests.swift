import Keel
import KeelTransfer
import Testing

@Suite("Partial probing and the energy left")
struct PartialProbeSweepTests {
  static let times: [Double] = [0, 0.1, 0.3, 1, 3, .infinity]

  static func sweep(distortion: Double, times: [Double] = times) throws -> [PartialProbe] {
    let problem = try ReferenceProblem.problem(whitened: false, distortion: distortion)
    return try ReducedTransferProblem(problem).partialProbeSweep(
      from: ReferenceProblem.head, probingTimes: times)
  }

  @Test("good features ask for probing to the limit: the error out of distribution falls with the time")
  func goodFeatures() throws {
    let sweep = try Self.sweep(distortion: 0.1)
    let losses = sweep.map(\.fineTuning.last.losses.outOfDistribution)
    let expected = [0.4403835, 0.2374, 0.1057, 0.01075, 0.00509, 0.0050556346]
    for (loss, value) in zip(losses, expected) { #expect(agree(loss, value, value * 6e-4)) }
    #expect(zip(losses, losses.dropFirst()).allSatisfy(>))
    // The ends of the sweep are fine-tuning and LP-FT.
    let paths = try ReducedTransferProblem(ReferenceProblem.a.get()).paths(from: ReferenceProblem.head)
    #expect(sweep[0].fineTuning.last == paths.fineTuning.last)
    #expect(sweep[5].fineTuning.last == paths.probingThenFineTuning.last)
  }

  @Test("poor features ask for stopping early: an interior optimum beats the full probe")
  func poorFeatures() throws {
    let problem = try ReferenceProblem.problem(whitened: false, distortion: 0.5)
    let geometry = try TransferGeometry(problem, reduced: ReducedTransferProblem(problem))
    #expect(agree(geometry.featureDistance, 0.434, 5e-4))
    let losses = try Self.sweep(distortion: 0.5).map(\.fineTuning.last.losses.outOfDistribution)
    #expect(losses.indices.min { losses[$0] < losses[$1] } == 3)
    #expect(agree(losses[3], 0.0912, 5e-5) && agree(losses[5], 0.1146, 5e-5))
  }

  @Test(
    "distance and angle grow with the energy; inner product and norm rise and fall", arguments: [0.1, 0.5])
  func energy(distortion: Double) throws {
    let times = [0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2]
    let sweep = try Array(Self.sweep(distortion: distortion, times: times).reversed())
    func isRising(_ values: [Double]) -> Bool { zip(values, values.dropFirst()).allSatisfy(<) }
    #expect(isRising(sweep.map(\.energy)))
    #expect(isRising(sweep.map(\.featureChange.distance)))
    #expect(isRising(sweep.map { -$0.featureChange.cosine }))
    for values in [sweep.map(\.featureChange.innerProduct), sweep.map(\.featureChange.norm)] {
      let top = try #require(values.indices.max { values[$0] < values[$1] })
      #expect(top > 0 && top < values.count - 1, "\(values)")
      #expect(isRising(Array(values[...top])) && isRising(values[top...].map { -$0 }))
    }
  }

  @Test("changes of features are those of the training inputs' features")
  func featureChange() throws {
    let problem = try ReferenceProblem.a.get()
    let reduced = try ReducedTransferProblem(problem)
    let entry = try reduced.partialProbeSweep(from: ReferenceProblem.head, probingTimes: [0.2])[0]
    let full = reduced.fullFeatures(entry.fineTuning.last.state, pretrained: problem.pretrainedFeatures)
    let before = (problem.inputs * problem.pretrainedFeatures.transposed).elements
    let after = (problem.inputs * full.transposed).elements
    let change = entry.featureChange
    let product = BLAS.dot(before, after)
    #expect(agree(change.distance, BLAS.nrm2(zip(after, before).map { $0 - $1 }), 1e-13))
    #expect(agree(change.innerProduct, product, 1e-12) && agree(change.norm, BLAS.nrm2(after), 1e-13))
    #expect(agree(change.cosine, product / BLAS.nrm2(after) / BLAS.nrm2(before), 1e-13))
    #expect(entry.energy == entry.start.losses.training)
    let none = reduced.featureChange(to: reduced.initialFeatures)
    #expect(none.distance == 0 && agree(none.cosine, 1, 1e-15))
    #expect(reduced.featureChange(to: Matrix(zeros: 3, 10)).cosine == 1)
  }
}
