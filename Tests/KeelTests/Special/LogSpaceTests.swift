import Keel
import Testing

@Suite("Functions of logarithms")
struct LogSpaceTests {
  @Test("ln(1 + eˣ)", arguments: LogSpaceTables.softplus)
  func softplus(x: Double, value: Double) {
    let result = LogSpace.softplus(x)
    #expect(unitsApart(result, value) <= 6, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("ln(1 - e⁻ˣ)", arguments: LogSpaceTables.log1mExp)
  func log1mExp(x: Double, value: Double) {
    let result = LogSpace.log1mExp(x)
    // The logarithm's condition is 1/ln 2 at worst, at the change of formulas.
    #expect(unitsApart(result, value) <= 8, "\(x): \(result), \(unitsApart(result, value)) units")
  }

  @Test("sums and differences of exponentials, with infinities")
  func sums() {
    let inf = Double.infinity
    #expect(LogSpace.logSumExp([]) == -inf && LogSpace.logSumExp([-inf, -inf]) == -inf)
    #expect(LogSpace.logSumExp([1, inf]) == inf && LogSpace.logSumExp([1, .nan, inf]).isNaN)
    #expect(LogSpace.logSumExp([-1e4]) == -1e4 && LogSpace.logSumExp([3, -inf]) == 3)
    for shift in [-1e3, 0, 700, 1e5] {
      let terms = [0.1, -2, 3.5, 1].map { $0 + shift }
      let expected = shift + Double.log([0.1, -2, 3.5, 1].reduce(0) { $0 + Double.exp($1) })
      #expect(unitsApart(LogSpace.logSumExp(terms), expected, scale: 4) <= 12)
      #expect(unitsApart(LogSpace.logAddExp(shift, shift + 1), shift + LogSpace.softplus(1), scale: 2) <= 6)
      let difference = LogSpace.logSubtractExp(shift + 1, shift)
      #expect(unitsApart(difference, shift + 1 + LogSpace.log1mExp(1), scale: 2) <= 6)
    }
    #expect(LogSpace.logAddExp(-inf, -inf) == -inf && LogSpace.logAddExp(inf, inf) == inf)
    #expect(LogSpace.logAddExp(-inf, 2) == 2 && LogSpace.logAddExp(inf, 2) == inf)
    #expect(LogSpace.logAddExp(.nan, 2).isNaN && LogSpace.logAddExp(2, .nan).isNaN)
    #expect(LogSpace.logSubtractExp(2, 2) == -inf && LogSpace.logSubtractExp(2, -inf) == 2)
    #expect(LogSpace.logSubtractExp(1, 2).isNaN)
    #expect(LogSpace.softplus(-inf) == 0 && LogSpace.softplus(inf) == inf && LogSpace.softplus(.nan).isNaN)
    #expect(LogSpace.log1mExp(0) == -inf && LogSpace.log1mExp(inf) == 0 && LogSpace.log1mExp(-1).isNaN)
  }
}
