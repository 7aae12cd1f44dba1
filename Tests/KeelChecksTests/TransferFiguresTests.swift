import Foundation
import Keel
import Testing

@testable import KeelChecks

@Suite("TransferFigures")
struct TransferFiguresTests {
  @Test("figures have names of their own and belong to checks that exist")
  func names() {
    let figures = TransferFigures.all
    #expect(Set(figures.map(\.name)).count == figures.count)
    let ids = Set(CheckRegistry.standard.checks.map(\.id))
    for figure in figures {
      #expect(figure.checks.contains(where: ids.contains), "\(figure.name)")
    }
  }

  /// Figures that need no results; without optimisation only those that take less than a second.
  static var computed: [ReportFigure] {
    let cheap = ["head-alignment", "weight-interpolation", "integrator-drift"]
    return TransferFigures.all.filter { figure in
      !figure.isMeasured && !figure.name.contains("tightness")
        && (!_isDebugAssertConfiguration() || cheap.contains(figure.name))
    }
  }

  @Test("every figure that needs no results is a plot with numbers", arguments: computed)
  func plots(figure: ReportFigure) throws {
    let report = CheckReport(seed: 0, effort: .quick, outcomes: [])
    let plot = try #require(try figure.plot(report))
    let table = plot.table
    #expect(table.values.rows >= 5)
    #expect(!plot.title.isEmpty && !plot.caption.isEmpty && !plot.x.label.isEmpty && !plot.y.label.isEmpty)
    if case .series(let series) = plot.content {
      #expect(Set(series.map(\.name)).count == series.count)
      for series in series { #expect(series.points.contains { $0.y.isFinite }, "\(series.name)") }
    }
  }

  @Test("a power law is found again")
  func powerLaw() {
    let law = TransferFigures.powerLaw([0.1, 0.5, 2, 7].map { Plot.Point($0, 3 * $0 * $0) })
    #expect((law.exponent - 2).magnitude < 1e-14 && (law.factor - 3).magnitude < 1e-13)
  }

  @Test("the ratio of LP to FT falls with the square of the distance")
  func slope() throws {
    let plot = try #require(
      try TransferFigures.ratioAgainstDistance.plot(CheckReport(seed: 0, effort: .quick, outcomes: [])))
    guard case .series(let series) = plot.content else { return }
    let fits = series.filter { $0.name.contains("slope") }
    #expect(fits.count == 2)
    for fit in fits {
      let law = TransferFigures.powerLaw(fit.points)
      // The next order of the expansion is still felt at the largest distance that is fitted.
      #expect((law.exponent - 2).magnitude < 0.05, "\(law.exponent)")
    }
  }

  @Test("grids are equal in ratio, ends included")
  func grid() {
    let grid = TransferFigures.logarithmicGrid(from: 0.01, to: 100, count: 5)
    #expect(zip(grid, [0.01, 0.1, 1, 10, 100]).allSatisfy { ($0 / $1 - 1).magnitude < 1e-14 })
  }
}
