import Keel
import KeelFrames
import RealModule
import Testing

@testable import KeelChecks

@Suite("Frames checks")
struct FramesChecksTests {
  @Test("every check ends as expected on a few problems", arguments: FramesChecks.all.map(\.id))
  func fewProblems(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let report = CheckRunner(seed: 2, effort: .quick, trials: min(2, check.trialCount(for: .quick)))
      .run([check])
    #expect(
      report.isAsExpected, "\(report.outcomes[0].surprises) \(String(describing: report.outcomes[0].worst))")
  }

  @Test("every false statement that is shown has a repair that holds")
  func repairs() throws {
    for check in FramesChecks.all where check.expectation != .holds {
      guard case .violated(let repair?) = check.expectation else {
        Issue.record("\(check.id) names no repair")
        continue
      }
      #expect(try #require(CheckRegistry.standard[repair]).expectation == .holds)
    }
  }

  @Test("at full effort ten thousand triples of every group are tried")
  func trialCounts() {
    #expect(FramesChecks.invariance.trialCount(for: .full) >= 10_000)
    #expect(FramesChecks.equivariance.trialCount(for: .full) >= 10_000)
    let outcome = CheckRunner(seed: 1, effort: .quick, trials: 4).run([FramesChecks.invariance]).outcomes[0]
    for group in FrameGroup.allCases {
      let parts = outcome.results.flatMap(\.comparisons).filter { $0.part == group.symbol }
      #expect(Set(parts.compactMap { $0.parameters["d"]?.description }) == ["2", "3", "4", "5"])
    }
  }

  @Test(
    "a statement that is made false is noticed",
    arguments: [
      "frames.invariance", "frames.equivariance", "frames.closed-form", "frames.second-symmetry",
      "frames.projection", "frames.nested", "frames.set-equivariance", "frames.rank-deficient",
      "frames.tie-break", "frames.weighted", "frames.point-sets", "frames.lorentz", "frames.graph-census",
      "frames.gradient", "frames.force", "frames.particles",
    ])
  func falsified(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let outcome = CheckRunner(seed: 4, effort: .quick, trials: 4).run([check]).outcomes[0]
    let sides = outcome.results.flatMap(\.comparisons).filter { $0.verdict == .holds }
    var noticed = 0
    for side in sides {
      let scale = max(1, side.left.magnitude)
      // Rare clouds with a small gap allow more, and a bound may leave room.
      guard side.tolerance <= 1e-7 * scale, side.relation == .equal || side.right <= 1e-7 else { continue }
      var broken = side
      broken.left += 1e-6 * scale
      #expect(broken.verdict == .violated, "\(side)")
      noticed += 1
    }
    #expect(noticed > 0)
  }

  @Test("a network that is not averaged is invariant under nothing")
  func control() throws {
    for group in FrameGroup.allCases {
      var stream = RandomStream(seed: 3).stream(group.rawValue)
      let points = Matrix<Double>.randomNormal(rows: 6, columns: 3, using: &stream)
      let network = CloudNetwork<Double>(6, 3, using: &stream)
      let element = FrameElement<Double>.random(of: group, dimension: 3, using: &stream)
      #expect(network(points).largestDifference(from: network(element.transformed(points))) > 1e-3)
    }
  }

  @Test(
    "the Lipschitz constant of a network bounds its differences, and clouds have the gap they are made with")
  func bounds() throws {
    for seed in 0..<20 {
      var stream = RandomStream(seed: UInt64(seed))
      let network = CloudNetwork<Double>(5, 3, outputs: 1, using: &stream)
      let points = (0..<2).map { _ in Matrix<Double>.randomNormal(rows: 5, columns: 3, using: &stream) }
      let difference = (network(points[0])[0] - network(points[1])[0]).magnitude
      #expect(try difference <= network.lipschitz() * (points[0] - points[1]).frobeniusNorm, "\(seed)")
      let gap = Double.exp10(-Double(seed) / 3 - 1)
      let problem = try GapProblem(gap: gap, using: &stream)
      #expect((problem.relativeGap / gap - 1).magnitude < 1e-13 / gap, "\(seed)")
    }
  }

  @Test("degenerate shapes are what they are called")
  func shapes() throws {
    for shape in DegenerateShape.repeated {
      let frame = try Frame(principalAxesOf: shape.points, group: .euclidean)
      #expect(frame.certificate.isDegenerate, "\(shape.name)")
    }
    for shape in DegenerateShape.rankDeficient {
      let certificate = try Frame(principalAxesOf: shape.points, group: .euclidean).certificate
      #expect(certificate.rank < shape.points.columns && !certificate.isDegenerate, "\(shape.name)")
    }
  }

  @Test(
    "random symmetric clouds have equal eigenvalues, and frames that break ties are of the size of their group"
  )
  func symmetricClouds() throws {
    for index in 0..<8 {
      let cloud = SymmetricCloud(TrialContext(index: index, stream: RandomStream(seed: 5).stream(index)))
      let certificate = try Frame(principalAxesOf: cloud.points, group: .specialEuclidean).certificate
      #expect(certificate.isDegenerate, "\(cloud.group)")
      let frame = try Frame(resolvingTiesOf: cloud.points, group: .specialEuclidean)
      // The frame is a union of orbits of the symmetries.
      let order = [1, 1, 12, 24][index % 4]
      #expect(frame.count % order == 0, "\(cloud.group), \(frame.count)")
    }
  }

  @Test("a matrix of every kind is symmetric to the last bit, and kinds differ")
  func matrixKinds() {
    for kind in MatrixKind.allCases {
      var stream = RandomStream(seed: 1).stream(kind.rawValue)
      let matrices = kind.matrices(3, order: 4, using: &stream)
      for b in 0..<3 {
        let matrix = Matrix(matrices[b])
        #expect(matrix == Matrix(matrix.transposed) && matrix.isFinite, "\(kind)")
      }
    }
  }

  @Test("a relabelled graph has a relabelled partition, and one block that moves is counted")
  func relabelling() throws {
    let problem = try GraphProblem(TrialContext(index: 3, stream: RandomStream(seed: 9)), largest: 12)
    let blocks = problem.graph.degrees.indices.map { [$0] }
    let moved = blocks.map { $0.map { problem.order[$0] } }
    #expect(problem.differences([blocks, moved]) == 0)
    #expect(problem.differences([blocks, moved.reversed()]) > 0 || blocks.count < 2)
    #expect(problem.differences([blocks, Array(moved.dropLast())]) == 1)
  }

  @Test(
    "the constants of continuity: 6 in the plane, 16 in space, and more for frames that pass into each other")
  func continuityConstants() {
    #expect(CrossingProblem.pointsFactor(2) == 6 && CrossingProblem.pointsFactor(3) == 16)
    #expect(CrossingProblem.blendedFactor(2, threshold: 0.1) > 41)
  }

  @Test("Bernstein's allowance of a mean: no range leaves the normal one, no variance a share of the range")
  func means() {
    #expect((SampleTolerance.mean(variance: 1, range: 0, count: 100) - 0.38.squareRoot()).magnitude < 1e-12)
    #expect((SampleTolerance.mean(variance: 0, range: 3, count: 19) - 2).magnitude < 1e-12)
  }

  @Test("every figure is a plot with numbers", arguments: FramesFigures.all)
  func figures(figure: ReportFigure) throws {
    #expect(figure.checks.allSatisfy { CheckRegistry.standard[$0] != nil })
    let plot = try #require(try figure.plot(CheckReport(seed: 0, effort: .quick, outcomes: [])))
    #expect(plot.table.values.rows >= 5)
    #expect(!plot.title.isEmpty && !plot.caption.isEmpty && !plot.x.label.isEmpty && !plot.y.label.isEmpty)
    guard case .series(let series) = plot.content else { return }
    #expect(Set(series.map(\.name)).count == series.count)
    for series in series { #expect(series.points.contains { $0.y.isFinite }, "\(series.name)") }
  }
}
