import Keel
import Testing

@testable import KeelChecks

@Suite("Simplex checks")
struct SimplexChecksTests {
  @Test("every check ends as expected on a few problems", arguments: SimplexChecks.all.map(\.id))
  func fewProblems(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let report = CheckRunner(seed: 2, effort: .quick, trials: 9).run([check])
    #expect(
      report.isAsExpected, "\(report.outcomes[0].surprises) \(String(describing: report.outcomes[0].worst))")
  }

  @Test(
    "at full effort more than 10⁵ rows of every family are certified, some of them of 10⁵ scores and more")
  func rowCount() throws {
    // The rows of a problem follow from its number of columns, which is drawn first.
    let check = try #require(SimplexChecks.optimality.first)
    let trials = check.trialCount(for: .full)
    let sample = 30
    let outcome = CheckRunner(seed: 5, effort: .quick, trials: sample).run([check]).outcomes[0]
    let rows = outcome.results.map { result -> Int in
      guard case .integer(let rows)? = result.comparisons.first?.parameters["rows"] else { return 0 }
      return rows
    }
    // The share of long rows is a hundredth.
    #expect(rows.reduce(0, +) * trials * 99 / (100 * sample) > 100_000, "\(rows)")
    #expect(trials >= 1000)
  }

  @Test("real rows: the same checks on examples of a data set")
  func realRows() throws {
    var stream = RandomStream(seed: 3)
    let features = Matrix<Double>(rows: 30, columns: 17) { _, _ in (8 * stream.uniform()).rounded() }
    let data = try CheckData(name: "levels", features: features, provenance: "made here")
    let checks = SimplexChecks.all.filter(\.supportsData)
    #expect(checks.count == MapFamily.all.count)
    let report = CheckRunner(seed: 2, effort: .quick, trials: 2, data: data).run(checks)
    #expect(report.isAsExpected, "\(report.outcomes.flatMap(\.surprises))")
    for outcome in report.outcomes {
      #expect(outcome.results.first?.comparisons.first?.parameters["kind"] == .text("levels"))
    }
  }

  @Test("examples of one number are undecided, not a crash")
  func smallData() throws {
    let data = try CheckData(name: "tiny", features: Matrix(zeros: 2, 1), provenance: "made here")
    let checks = SimplexChecks.all.filter(\.supportsData)
    let report = CheckRunner(seed: 1, effort: .quick, trials: 2, data: data).run(checks)
    for outcome in report.outcomes { #expect(outcome.counts[.inconclusive] == 2) }
  }

  @Test("an output that is a little off is no longer certified", arguments: MapFamily.all.map(\.id))
  func certificateNotices(id: String) throws {
    let family = try #require(MapFamily.all.first { $0.id == id })
    var stream = RandomStream(seed: 6)
    let subject = try family.make(6, &stream)
    let scores = [0.9, 0.5, 0.62, 0.1, 0.7, 0.3].map { $0 * subject.width }
    let output = image(of: scores, under: subject.map)
    let right = OptimalityCertificate(subject, scores: scores[...], output: output[...])
    #expect(right.roundings <= OptimalityCertificate.allowedRoundings)
    #expect(right.infeasibility <= right.allowance)
    let top = try #require(output.indices.max { output[$0] < output[$1] })
    let other = try #require(output.indices.first { $0 != top && output[$0] != output[top] })
    // As much is taken from one entry as another gets: the sum stays, the optimum does not.
    var moved = output
    moved[top] -= 1e-9 * subject.polytope.sum
    moved[other] += 1e-9 * subject.polytope.sum
    let wrong = OptimalityCertificate(subject, scores: scores[...], output: moved[...])
    #expect(wrong.roundings > 1e3 || wrong.infeasibility > 1e3 * wrong.allowance)
    // An entry more, and the sum is wrong.
    moved = output
    moved[top] += 1e-9 * subject.polytope.sum
    let larger = OptimalityCertificate(subject, scores: scores[...], output: moved[...])
    #expect(larger.infeasibility > larger.allowance || larger.roundings > 1e3)
  }

  @Test(
    "a statement that is made false is noticed",
    arguments: [
      "simplex.optimality-sparsemax", "simplex.brute-force", "simplex.threshold-bracket",
      "simplex.threshold-subset", "simplex.special-cases", "simplex.alpha-derivative",
      "simplex.loss-gradient",
      "simplex.jacobian-differences", "simplex.projection-nonexpansive",
    ])
  func falsified(id: String) throws {
    let check = try #require(CheckRegistry.standard[id])
    let outcome = CheckRunner(seed: 4, effort: .quick, trials: 4).run([check]).outcomes[0]
    let sides = outcome.results.flatMap(\.comparisons).filter { $0.verdict == .holds }
    #expect(!sides.isEmpty)
    // Moved by a half of its size, and by a hundredth of what the tolerance is relative to.
    for side in sides {
      var broken = side
      let size = max(side.left.magnitude, side.right.magnitude, 2 * side.tolerance) + 0.01
      switch side.relation {
      case .atMost: broken.left = side.right + 0.6 * size + side.tolerance
      case .atLeast: broken.left = side.right - 0.6 * size - side.tolerance
      case .equal: broken.left = side.right + 0.6 * size + side.tolerance
      }
      #expect(broken.verdict == .violated, "\(side)")
    }
  }

  @Test("rows of every kind have the length that is asked for, and no score that is not a number")
  func kinds() {
    for kind in ScoreKind.allCases {
      for count in [1, 2, 3, 25, 100] {
        var stream = RandomStream(seed: UInt64(count))
        let row = kind.row(count: count, width: 0.3, power: 0.5, using: &stream)
        #expect(row.count == count)
        #expect(row.allSatisfy { $0 < .infinity }, "\(kind)")
      }
    }
  }

  @Test("random points of a polytope are in it", arguments: MapFamily.all.map(\.id))
  func points(id: String) throws {
    let family = try #require(MapFamily.all.first { $0.id == id })
    for seed in 0..<20 {
      var stream = RandomStream(seed: UInt64(seed))
      let subject = try family.make(7, &stream)
      guard subject.polytope.count == nil else { continue }
      let point = subject.polytope.point(count: 7, using: &stream)
      let violation = point.withUnsafeBufferPointer { subject.map.violation($0, row: 0) }
      #expect(violation <= 16 * Double.ulpOfOne * subject.polytope.sum, "\(point)")
    }
  }

  @Test("every figure is a plot with numbers", arguments: SimplexFigures.all)
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
