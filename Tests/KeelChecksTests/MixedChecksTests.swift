import Keel
import KeelMixed
import RealModule
import Testing

@testable import KeelChecks

@Suite("Mixed checks")
struct MixedChecksTests {
  @Test("every check ends as expected on a few problems", arguments: MixedChecks.all.map(\.id))
  func fewProblems(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let report = CheckRunner(seed: 2, effort: .quick, trials: 2).run([check])
    #expect(
      report.isAsExpected, "\(report.outcomes[0].surprises) \(String(describing: report.outcomes[0].worst))")
  }

  @Test("every error that is shown is one that its repair does not have")
  func repairs() throws {
    let wrong = MixedChecks.all.filter { $0.expectation != .holds }
    #expect(wrong.count == 7)
    for check in wrong {
      guard case .violated(let repair?) = check.expectation else {
        Issue.record("\(check.id) names no repair")
        continue
      }
      #expect(try #require(CheckRegistry.standard[repair]).expectation == .holds)
    }
  }

  @Test("a share that is off by ten standard deviations is noticed, one that is off by three is not")
  func shares() {
    let (count, probability) = (10_000, 0.2)
    let deviation = (probability * (1 - probability) / Double(count)).squareRoot()
    for (offset, verdict) in [(0.0, Verdict.holds), (3, .holds), (10, .violated)] {
      let hits = Int(((probability + offset * deviation) * Double(count)).rounded())
      let shares = DrawnShares(
        names: ["yes", "no"], probabilities: [probability, 1 - probability], counts: [hits, count - hits])
      let comparisons = shares.comparisons(parameters: [:])
      #expect(comparisons.count == 3)
      #expect(comparisons.allSatisfy { $0.verdict == verdict }, "\(comparisons)")
    }
  }

  @Test("rare events: the allowance is Bernstein's, and Pearson's statistic counts them as one")
  func rareShares() {
    // An event of which 0.01 are expected may happen a few times; ten times it may not.
    let shares = [3, 25].map { hits in
      DrawnShares(names: ["rare", "else"], probabilities: [1e-6, 1 - 1e-6], counts: [hits, 10_000 - hits])
        .comparisons(parameters: [:])
    }
    #expect(shares.allSatisfy { $0.count == 2 })
    #expect(shares[0].allSatisfy { $0.verdict == .holds })
    #expect(shares[1][0].verdict == .violated)
    // (N t)² = 2 L (N p (1 - p) + N t/3) of the allowance t.
    let (p, n) = (0.3, 1000.0)
    let t = SampleTolerance.share(probability: p, count: Int(n))
    #expect((n * t * t / (2 * (p * (1 - p) + t / 3)) - 19).magnitude < 1e-9)
  }

  @Test("quadrature on panels: peaks, steps, and integrands that are known up to their logarithm")
  func quadrature() {
    // Each is exact to about 1e-14 of the integral of its magnitude.
    #expect((PanelQuadrature.integral([0, 1]) { $0 * $0 } - 1.0 / 3).magnitude < 1e-15)
    for width in [1e-3, 0.1, 10] {
      let ends = PanelQuadrature.ends(from: 0, to: 1, around: [(place: 0.3, width: width)])
      let mass = PanelQuadrature.integral(ends) { StandardNormal.density(($0 - 0.3) / width) / width }
      let exact = StandardNormal.probability(from: -0.3 / width, to: 0.7 / width)
      #expect((mass - exact).magnitude < 1e-13, "\(width)")
    }
    for (mean, deviation) in [(0.0, 1.0), (300, 1e-3), (-2, 1e3)] {
      let log = PanelQuadrature.logConcaveIntegral(
        in: (mean - 5 * deviation)...(mean + 70 * deviation), around: []
      ) { StandardNormal.logDensity(($0 - mean) / deviation) - 800 }
      #expect((log - Double.log(deviation) + 800).magnitude < 1e-12, "\(mean) \(deviation)")
    }
  }

  @Test("enumeration of faces: the uniform law, and weights at the edges")
  func enumeration() throws {
    let uniform = try GibbsProblem(weights: [0, 0, 0]).probabilities
    #expect(uniform[0] == 0 && uniform[1...].allSatisfy { ($0 - 1.0 / 7).magnitude < 1e-16 })
    let edges = try GibbsProblem(weights: [-200, -200, -201])
    #expect((edges.probabilities[1] - 1 / (2 + Double.exp(-2))).magnitude < 1e-15)
    #expect((edges.logNormalizer - (201 + Double.log(2 + Double.exp(-2)))).magnitude < 1e-12)
    for kind in 0..<6 {
      var stream = RandomStream(seed: UInt64(kind))
      #expect(GibbsProblem.weights(8, kind: kind, using: &stream).allSatisfy { $0.magnitude < 1000 })
    }
  }

  @Test(
    "a statement that is made false is noticed",
    arguments: [
      "mixed.laguerre", "mixed.maximum-entropy", "mixed.interval-entropy", "mixed.entropy-samples",
      "mixed.divergence-quadrature", "mixed.gaussian-sparsemax-density", "mixed.gibbs-enumeration",
      "mixed.score",
    ])
  func falsified(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let outcome = CheckRunner(seed: 4, effort: .quick, trials: 3).run([check]).outcomes[0]
    let sides = outcome.results.flatMap(\.comparisons).filter { $0.verdict == .holds }
    #expect(!sides.isEmpty)
    for side in sides {
      var broken = side
      // A hundredth of the size, or of one.
      broken.left += (side.relation == .atLeast ? -1 : 1) * max(0.01, 0.01 * side.left.magnitude)
      // Of samples a tenth of that would be noticed at full effort only.
      let isNoticed = broken.verdict == .violated || side.tolerance > 1e-3
      #expect(isNoticed || side.relation != .equal, "\(side)")
    }
  }

  @Test("every figure is a plot with numbers", arguments: MixedFigures.all)
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
