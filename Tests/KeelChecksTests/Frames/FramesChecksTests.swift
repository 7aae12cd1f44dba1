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
    let report = CheckRunner(seed: 2, effort: .quick, trials: min(4, check.trialCount(for: .quick)))
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
  func trialCounts() throws {
    for id in ["frames.invariance", "frames.equivariance"] {
      #expect(try #require(CheckRegistry.standard[id]).trialCount(for: .full) >= 10_000)
    }
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
    ])
  func falsified(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let outcome = CheckRunner(seed: 4, effort: .quick, trials: 4).run([check]).outcomes[0]
    let sides = outcome.results.flatMap(\.comparisons).filter { $0.verdict == .holds }
    #expect(!sides.isEmpty)
    for side in sides {
      var broken = side
      broken.left += 1e-6 * max(1, side.left.magnitude)
      // Rare clouds with a small gap allow more.
      #expect(broken.verdict == .violated || side.tolerance > 1e-7 || side.right > 1e-7, "\(side)")
    }
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
