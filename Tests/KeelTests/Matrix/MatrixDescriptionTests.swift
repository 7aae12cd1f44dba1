import Keel
import Testing

@Suite("Printing matrices")
struct MatrixDescriptionTests {
  @Test("Decimal points are aligned")
  func alignment() {
    let a: Matrix<Double> = [[1, -0.5, 1e-9], [10, 1 / 3.0, 123_456_789], [100.25, -2000, .nan]]
    #expect(
      a.description == """
        3×3 Matrix<Double>
            1.0      -0.5         1.0e-9
           10.0       0.333333    1.23457e8
          100.25  -2000.0       nan
        """)
    #expect(a[0..<1, 0..<2].description == "1×2 Matrix<Double>\n  1.0  -0.5")
  }

  @Test("Six significant digits")
  func digits() {
    func text(_ x: Double) -> String {
      String(Matrix(row: [x]).description.split(separator: "\n")[1].dropFirst(2))
    }
    #expect(text(0) == "0.0" && text(-0.0) == "-0.0" && text(.infinity) == "inf")
    #expect(text(.pi) == "3.14159" && text(-100 * .pi) == "-314.159")
    #expect(text(999_999) == "999999.0" && text(999_999.7) == "1000000.0")
    #expect(text(1e6) == "1.0e6" && text(9_999_999) == "1.0e7")
    #expect(text(0.0001) == "0.0001" && text(0.00012345678) == "0.000123457")
    #expect(text(0.1 + 0.2) == "0.3" && text(1e-5) == "1.0e-5")
    #expect(text(1.5e300) == "1.5e300" && text(1.7976931348623157e308) == "1.79769e308")
    #expect(text(2.5e-300) == "2.5e-300" && text(.leastNonzeroMagnitude) == "5e-324")
    #expect(Matrix<Float>(row: [0.1]).description == "1×1 Matrix<Float>\n  0.1")
  }

  @Test("The middle of a large matrix is left out")
  func large() {
    let m = Matrix<Float>(rows: 9, columns: 10) { Float(10 * $0 + $1) }
    #expect(
      m.description == """
        9×10 Matrix<Float>
           0.0   1.0   2.0   3.0  ⋯   7.0   8.0   9.0
          10.0  11.0  12.0  13.0  ⋯  17.0  18.0  19.0
          20.0  21.0  22.0  23.0  ⋯  27.0  28.0  29.0
          30.0  31.0  32.0  33.0  ⋯  37.0  38.0  39.0
           ⋮     ⋮     ⋮     ⋮    ⋱   ⋮     ⋮     ⋮
          60.0  61.0  62.0  63.0  ⋯  67.0  68.0  69.0
          70.0  71.0  72.0  73.0  ⋯  77.0  78.0  79.0
          80.0  81.0  82.0  83.0  ⋯  87.0  88.0  89.0
        """)
  }
}
