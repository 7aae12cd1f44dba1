import Keel
import KeelTransfer
import Testing

@Suite("Transfer sweep")
struct TransferSweepTests {
  static func sweep() throws -> TransferSweep {
    try TransferSweep(
      featureCounts: [1, 2], inputDimension: 9, rankShares: [0.4, 0.6], weightNorms: [0.5, 2, 3],
      featureDistances: [0, 0.1], headDeviations: [0, 1], seeds: [3, 1, .max])
  }

  @Test("indices and places along the axes are inverse to each other, the seed running fastest")
  func indices() throws {
    let sweep = try Self.sweep()
    #expect(sweep.count == 2 * 2 * 3 * 2 * 2 * 3)
    var previous: [Int]?
    for index in 0..<sweep.count {
      let places = sweep.coordinates(of: index)
      #expect(sweep.index(of: places) == index)
      if let previous { #expect(previous.lexicographicallyPrecedes(places)) }
      previous = places
    }
    let last = sweep.parameters(at: sweep.count - 1)
    #expect(
      last
        == RandomTransferParameters(
          featureCount: 2, inputDimension: 9, trainingCount: 5, weightNorm: 3, featureDistance: 0.1,
          headDeviation: 1, seed: .max))
    #expect(sweep.parameters(at: 1).seed == 1)
    #expect(sweep.sweptAxes == TransferSweep.Axis.allCases)
    #expect(sweep.values(of: .seed) == [3, 1, 0x1p64] && sweep.values(of: .featureCount) == [1, 2])
    for axis in TransferSweep.Axis.allCases { #expect(sweep.values(of: axis).count == sweep.count(of: axis)) }
  }

  @Test("an outcome depends on its index alone, not on the order or the threads")
  func determinism() throws {
    let sweep = try Self.sweep()
    let indices = Array(stride(from: 0, to: sweep.count, by: 11))
    let forwards = try indices.map { index in try sweep.evaluate(index) }
    let parallel = try Parallel.map(indices.count, threads: 2) { place in
      try sweep.evaluate(indices[indices.count - 1 - place])
    }
    #expect(forwards == Array(parallel.reversed()))
  }

  @Test("points that differ in one number only are drawn alike")
  func commonDraws() throws {
    let base = RandomTransferParameters(featureDistance: 0.2, headDeviation: 1.5, seed: 5)
    let problem = try base.problem()
    var farther = base
    farther.featureDistance = 0.4
    farther.weightNorm = 3
    farther.headDeviation = 3
    let other = try farther.problem()
    #expect(problem.inputs == other.inputs)
    #expect(problem.trueFeatures == other.trueFeatures)
    // Scaled by 3, and the head by 2 to the digit because 2 is a power of two.
    #expect(agree(problem.trueHead.map { 3 * $0 }, other.trueHead, 1e-15 * 3))
    #expect(base.head.map { 2 * $0 } == farther.head)
    for (problem, distance) in [(problem, 0.2), (other, 0.4)] {
      let geometry = try TransferGeometry(problem, reduced: ReducedTransferProblem(problem))
      #expect(agree(geometry.featureDistance, distance, 1e-14))
    }
    var reseeded = base
    reseeded.seed = 6
    #expect(try reseeded.problem().inputs != problem.inputs && reseeded.head != base.head)
  }

  @Test("whitened inputs span the same space with equal singular values")
  func whitening() throws {
    var parameters = RandomTransferParameters(seed: 11)
    let raw = try ReducedTransferProblem(parameters.problem())
    parameters.hasWhitenedInputs = true
    let white = try ReducedTransferProblem(parameters.problem())
    #expect(white.singularValues.allSatisfy { agree($0, 1, 1e-14) })
    let angles = try Subspace(orthonormalRows: raw.rowSpaceBasis).principalAngles(
      to: Subspace(orthonormalRows: white.rowSpaceBasis))
    #expect(angles.allSatisfy { $0 <= 1e-13 })
  }

  @Test("an outcome says what the flows at full accuracy say", arguments: 0..<6)
  func outcome(seed: UInt64) throws {
    let parameters = RandomTransferParameters(
      featureCount: 2, inputDimension: 12, trainingCount: 5, weightNorm: 2, featureDistance: 0.1,
      headDeviation: 0.7, hasWhitenedInputs: seed % 2 == 0, seed: seed)
    let outcome = try TransferSweepOutcome(parameters)
    let reduced = try ReducedTransferProblem(parameters.problem())
    let paths = try reduced.paths(from: parameters.head)
    // The sweep's tolerance of 1e-11 a step leaves about nine digits.
    let tolerance = 1e-8 * 4
    #expect(outcome.linearProbing == paths.linearProbe.point().losses)
    for (seen, path) in [
      (outcome.fineTuning, paths.fineTuning), (outcome.probingThenFineTuning, paths.probingThenFineTuning),
    ] {
      #expect(seen.end == .converged)
      #expect(
        agree(seen.losses.outOfDistribution, path.last.losses.outOfDistribution, tolerance), "seed \(seed)")
      #expect(
        agree(
          seen.lowestOutOfDistribution, path.lowestOutOfDistribution.losses.outOfDistribution, tolerance),
        "seed \(seed)")
      #expect(seen.lowestOutOfDistribution <= seen.losses.outOfDistribution)
    }
    #expect(outcome.rank == 5 && outcome.probeIsUnique)
    #expect(outcome.linearProbing.outOfDistribution.squareRoot() <= outcome.probeBound)
    #expect(outcome.repairedBound <= outcome.fineTuning.lowestOutOfDistribution.squareRoot())
    #expect(outcome.invariantBoundIsCertified && outcome.repairedBound <= outcome.invariantBound)
    // The bound is certified to 1e-6 of itself.
    #expect(outcome.invariantBound <= outcome.fineTuning.lowestOutOfDistribution.squareRoot() * (1 + 1e-5))
    #expect(!outcome.winners.isEmpty)
  }

  @Test("with perfect features the two that probe share the victory over fine-tuning")
  func tie() throws {
    let outcome = try TransferSweepOutcome(RandomTransferParameters(featureDistance: 0, seed: 2))
    #expect(outcome.winners == [.linearProbing, .probingThenFineTuning])
  }

  @Test("winners are those within the tolerance of the least error, and NaN wins nothing")
  func winners() {
    #expect(
      TransferStrategy.winners(
        [.linearProbing: 4, .fineTuning: 1, .probingThenFineTuning: 1.0001], tolerance: 1e-3)
        == [.fineTuning, .probingThenFineTuning])
    #expect(
      TransferStrategy.winners([.linearProbing: 4, .fineTuning: .nan], tolerance: 0) == [.linearProbing])
    #expect(
      TransferStrategy.winners([.linearProbing: .infinity, .fineTuning: .infinity], tolerance: 0)
        == [.linearProbing, .fineTuning])
    #expect(TransferStrategy.winners([.fineTuning: .nan], tolerance: 1).isEmpty)
  }

  static let refusals: [(String, @Sendable () throws -> TransferSweep)] = [
    ("featureCounts", { try TransferSweep(featureCounts: []) }),
    ("featureCount", { try TransferSweep(featureCounts: [0]) }),
    ("featureCount", { try TransferSweep(featureCounts: [1, 6], inputDimension: 11) }),
    ("inputDimension", { try TransferSweep(featureCounts: [.max], inputDimension: .max) }),
    ("inputDimension", { try TransferSweep(inputDimension: -4) }),
    ("rankShares", { try TransferSweep(rankShares: [0.01]) }),
    ("rankShares", { try TransferSweep(rankShares: [1.5]) }),
    ("rankShares", { try TransferSweep(rankShares: [.nan]) }),
    ("inputDimension", { try TransferSweep(inputDimension: 1 << 40) }),
    ("trainingCount", { try TransferSweep(inputDimension: 1 << 18) }),
    (
      "featureCount",
      { try TransferSweep(featureCounts: [1 << 12], inputDimension: 1 << 14, rankShares: [0.001]) }
    ),
    ("weightNorm", { try TransferSweep(weightNorms: [1, 0]) }),
    ("featureDistance", { try TransferSweep(featureDistances: [0.1, 1.5]) }),
    ("featureDistance", { try TransferSweep(featureDistances: [.nan]) }),
    ("headDeviation", { try TransferSweep(headDeviations: [-1]) }),
    ("headDeviations", { try TransferSweep(headDeviations: [1, 2, 1]) }),
    ("seeds", { try TransferSweep(seeds: [1, 1]) }),
    (
      "seeds",
      {
        try TransferSweep(
          weightNorms: (1...2000).map(Double.init), headDeviations: (1...2000).map(Double.init),
          seeds: Array(0..<2000))
      }
    ),
  ]

  @Test("values that give no problem are refused by name", arguments: refusals)
  func refusal(argument: String, make: @Sendable () throws -> TransferSweep) {
    let error = #expect(throws: TransferError.self) { try make() }
    guard case .outOfRange(let named, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(named == argument)
  }

  @Test("a phase diagram counts over the axes that it does not show")
  func phaseDiagram() throws {
    let sweep = try Self.sweep()
    var diagram = TransferPhaseDiagram(sweep, xAxis: .headDeviation, yAxis: .weightNorm)
    #expect(diagram[0, 0].verdict == .empty)
    for index in 0..<sweep.count {
      let parameters = sweep.parameters(at: index)
      switch (parameters.weightNorm, parameters.headDeviation) {
      case (0.5, _): diagram.add([.linearProbing], at: index)
      case (2, 0): diagram.add([.linearProbing, .fineTuning], at: index)
      case (2, _): diagram.add(parameters.seed == 3 ? [.fineTuning] : [.probingThenFineTuning], at: index)
      case (_, 0): diagram.add(parameters.featureDistance == 0 ? [.fineTuning] : [.linearProbing], at: index)
      default: diagram.add([], at: index)
      }
    }
    let perCell = sweep.count / 6
    #expect(diagram.xValues == [0, 1] && diagram.yValues == [0.5, 2, 3])
    for column in 0..<2 {
      #expect(diagram[column, 0].verdict == .winner(.linearProbing) && diagram[column, 0].count == perCell)
    }
    #expect(diagram[0, 1].verdict == .tie && diagram[0, 1].ties == perCell)
    #expect(diagram[1, 1].verdict == .winner(.probingThenFineTuning))
    #expect(diagram[1, 1].wins[.fineTuning] == perCell / 3)
    #expect(diagram[0, 2].verdict == .tie && diagram[0, 2].ties == 0)
    #expect(diagram[1, 2].verdict == .empty)
  }
}
