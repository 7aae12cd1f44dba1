import Keel
import KeelSimplex
import Testing

/// Values recomputed with 40 digits, to all the digits given.
@Suite("Maps onto the simplex, known values")
struct ReferenceVectorTests {
  /// What entmax gives for a row: λ comes from τ = (α-1)λ - 1, gradients are for the cotangent sin(1 + 2i).
  struct Vector: CustomTestStringConvertible, Sendable {
    var name: String
    var scores: [Double]
    var alpha: Double
    var p: [Double]
    var tau: Double?
    var pullback: [Double]?
    var alphaDerivative: [Double]?

    var testDescription: String { "\(name), alpha \(alpha)" }
  }

  static let readme = [-2, 0, 0.5]
  static let ties = [1, 1, 0.5, 0.5]
  static let equal = [2.5, 2.5, 2.5, 2.5]
  static let gap = [1000.0, 0, -1000]
  static let masked = [0.2, -.infinity, 0.9, -.infinity]
  static let boundary = [1.0, 0, 0]
  static let six = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]

  static let vectors: [Vector] = [
    Vector(
      name: "readme", scores: readme, alpha: 1.25,
      p: [0.0053394178464363462, 0.35210978596847238, 0.64255079618509127], tau: -0.77031707358762877,
      pullback: [0.026659506614339545, 0.29680771254893536, -0.32346721916327491],
      alphaDerivative: [-0.11234036810874605, -0.058984778668942784, 0.17132514677768883]),
    Vector(
      name: "readme", scores: readme, alpha: 1.5, p: [0, 0.32600736366156181, 0.67399263633843819],
      tau: -0.57097054535375274, pullback: [0, 0.37045084807742323, -0.37045084807742323],
      alphaDerivative: [0, -0.12388627977579963, 0.12388627977579963]),
    Vector(
      name: "readme", scores: readme, alpha: 2, p: [0, 0.25, 0.75], tau: -0.25,
      pullback: [0, 0.55002214136150283, -0.55002214136150283],
      alphaDerivative: [0, -0.18459398202943152, 0.18459398202943152]),
    Vector(
      name: "ties", scores: ties, alpha: 1.5,
      p: [0.37103072956898178, 0.37103072956898178, 0.12896927043101822, 0.12896927043101822],
      tau: -0.10912291827592711,
      pullback: [0.35840286119644061, -0.068196969577714969, -0.4352582600707228, 0.14505236845199716],
      alphaDerivative: [
        0.16645113570478317, 0.16645113570478317, -0.16645113570478317, -0.16645113570478317,
      ]),
    Vector(
      name: "ties, two on the threshold", scores: ties, alpha: 2, p: [0.5, 0.5, 0, 0], tau: 0.5,
      pullback: [0.35017548837401465, -0.35017548837401465, 0, 0], alphaDerivative: [0, 0, 0, 0]),
    Vector(
      name: "equal", scores: equal, alpha: 1.25, p: [0.25, 0.25, 0.25, 0.25], tau: -0.082106781186547524,
      alphaDerivative: [0, 0, 0, 0]),
    Vector(
      name: "equal", scores: equal, alpha: 1.5, p: [0.25, 0.25, 0.25, 0.25], tau: 0.75,
      pullback: [
        0.67130765557704292 / 2, -0.029043321170986368 / 2, -1.129087603893992 / 2, 0.48682326948793548 / 2,
      ], alphaDerivative: [0, 0, 0, 0]),
    Vector(
      name: "equal", scores: equal, alpha: 2, p: [0.25, 0.25, 0.25, 0.25], tau: 2.25,
      pullback: [0.67130765557704292, -0.029043321170986368, -1.129087603893992, 0.48682326948793548],
      alphaDerivative: [0, 0, 0, 0]),
    Vector(
      name: "gap", scores: gap, alpha: 1.25, p: [1, 0, 0], pullback: [0, 0, 0], alphaDerivative: [0, 0, 0]),
    Vector(
      name: "gap", scores: gap, alpha: 1.5, p: [1, 0, 0], pullback: [0, 0, 0], alphaDerivative: [0, 0, 0]),
    Vector(
      name: "gap", scores: gap, alpha: 2, p: [1, 0, 0], pullback: [0, 0, 0], alphaDerivative: [0, 0, 0]),
    Vector(name: "single", scores: [7.3], alpha: 1.25, p: [1], pullback: [0], alphaDerivative: [0]),
    Vector(name: "single", scores: [7.3], alpha: 1, p: [1], pullback: [0], alphaDerivative: [0]),
    Vector(
      name: "masked", scores: masked, alpha: 1.25, p: [0.29958503506113956, 0, 0.70041496493886044, 0]),
    Vector(
      name: "masked", scores: masked, alpha: 1.5, p: [0.26021168189421737, 0, 0.73978831810578263, 0],
      pullback: [0.57649429967341996, 0, -0.57649429967341996, 0],
      alphaDerivative: [-0.17450463328373923, 0, 0.17450463328373923, 0]),
    Vector(name: "masked", scores: masked, alpha: 2, p: [0.15, 0, 0.85, 0]),
    Vector(name: "boundary", scores: boundary, alpha: 2, p: [1, 0, 0], tau: 0, pullback: [0, 0, 0]),
    Vector(
      name: "boundary", scores: boundary, alpha: 1.5,
      p: [0.74025307335204215, 0.12987346332397893, 0.12987346332397893], tau: -0.36037961002806322,
      alphaDerivative: [0.41037363344724683, -0.20518681672362342, -0.20518681672362342]),
    Vector(
      name: "six", scores: six, alpha: 1.25,
      p: [
        0.21505621997529639, 0.034502574628271349, 0.37202520241175754, 0.072268190838475805,
        0.0005920240023362515, 0.30555578814386266,
      ], tau: -0.50598571524715002,
      pullback: [
        0.37590508406959509, 0.03922458669880393, -0.29061082114580393, 0.14019674916058114,
        0.0028881604669328079, -0.26760375925010903,
      ],
      alphaDerivative: [
        0.0062556758728757633, -0.18912707009222101, 0.24886439050772538, -0.18363466055911969,
        -0.030094948663142112, 0.14773661293388166,
      ]),
    Vector(
      name: "six", scores: six, alpha: 1.5,
      p: [0.2096875, 0, 0.43285409084014208, 0.01766678988476921, 0, 0.33979161927508874],
      tau: -0.10791647710035506,
      pullback: [
        0.57061219789053167, 0, -0.36467642728684221, 0.14110692606331353, 0, -0.34704269666700299,
      ],
      alphaDerivative: [
        -0.070176877635966024, 0, 0.20915801693191386, -0.24071027934179489, 0, 0.10172914004584705,
      ]),
    Vector(
      name: "six", scores: six, alpha: 2,
      p: [0.11666666666666662, 0, 0.51666666666666676, 0, 0, 0.36666666666666662], tau: 0.58333333333333333,
      pullback: [1.213952150276545, 0, -0.58644310919448998, 0, 0, -0.627509041082055],
      alphaDerivative: [-0.2859202372250769, 0, 0.20461371606955785, 0, 0, 0.081306521155519057]),
  ]

  static func cotangent(_ count: Int) -> [Double] {
    [
      0.8414709848078965, 0.1411200080598672, -0.9589242746631385, 0.6569865987187891, 0.4121184852417566,
      -0.9999902065507035,
    ].prefix(count).map { $0 }
  }

  /// Whether the entries differ by at most a tolerance, relative for values above one.
  static func agree<Scalar: SimplexScalar>(_ a: [Scalar], _ b: [Double], _ tolerance: Double) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs(Double($0) - $1) <= tolerance * max(1, abs($1)) }
  }

  func check<Scalar: SimplexScalar>(_ vector: Vector, _: Scalar.Type, tolerance: Double) throws {
    for instructions in InstructionSet.available {
      try instructions.select {
        let map = try Entmax<Scalar>(alpha: .all(Scalar(vector.alpha)))
        let solution = map.solve(vector.scores.map { Scalar($0) })
        let p = solution.output
        #expect(Self.agree(p, vector.p, tolerance), "\(instructions): \(p)")
        #expect(solution.residual <= tolerance)
        if let tau = vector.tau {
          let found = (vector.alpha - 1) * solution.threshold.value - 1
          #expect(abs(found - tau) <= tolerance, "\(instructions): \(found)")
        }
        let g = Self.cotangent(p.count)
        if let expected = vector.pullback {
          let gradient = map.pullback(of: g.map { Scalar($0) }, at: p)
          #expect(Self.agree(gradient, expected, tolerance), "\(instructions): \(gradient)")
        }
        if let expected = vector.alphaDerivative {
          let derivative = map.alphaDerivative(at: p)
          #expect(Self.agree(derivative, expected, tolerance), "\(instructions): \(derivative)")
          let product = map.alphaPullback(of: g.map { Scalar($0) }, at: p)
          let exact = zip(expected, g).reduce(0) { $0 + $1.0 * $1.1 }
          #expect(abs(product - exact) <= 3 * tolerance, "\(instructions): \(product)")
        }
      }
    }
  }

  @Test("entmax in double precision", arguments: vectors)
  func double(_ vector: Vector) throws { try check(vector, Double.self, tolerance: 1e-14) }

  @Test("entmax in single precision", arguments: vectors)
  func float(_ vector: Vector) throws { try check(vector, Float.self, tolerance: 2e-6) }

  @Test(
    "normmax",
    arguments: [
      (1.5, [0.14040103998808112, 0, 0.5134382331492453, 0, 0, 0.3461607268626736], 0.2615539056117638),
      (2, [0.20279703282209807, 0, 0.4437871260736094, 0, 0, 0.3534158411042926], 0.363393577576739),
      (4, [0.26859186964582726, 0, 0.382863470425882, 0, 0, 0.3485446599282908], nil),
    ] as [(Double, [Double], Double?)])
  func normmax(alpha: Double, expected: [Double], tau: Double?) throws {
    for instructions in InstructionSet.available {
      try instructions.select {
        let map = try Normmax<Double>(alpha: .all(alpha))
        let solution = map.solve(Self.six)
        #expect(Self.agree(solution.output, expected, 1e-14), "\(instructions): \(solution.output)")
        #expect(solution.residual <= 1e-14)
        if let tau { #expect(abs(solution.threshold.value - tau) <= 1e-14) }
        if alpha == 1.5 {
          let gradient = map.pullback(of: Self.cotangent(6), at: solution.output)
          let exact = [0.9403369539183961, 0, -0.5113604349575709, 0, 0, -0.4289765189608253]
          #expect(Self.agree(gradient, exact, 1e-14), "\(instructions): \(gradient)")
        }
        let single = try Normmax<Float>(alpha: .all(Float(alpha)))(Self.six.map { Float($0) })
        #expect(Self.agree(single, expected, 2e-6), "\(instructions): \(single)")
      }
    }
  }

  @Test("normmax of five numbers in equal steps")
  func steps() throws {
    let p = try Normmax<Double>(alpha: 2)([0, 0.25, 0.5, 0.75, 1])
    // To the four decimals of the literature.
    #expect(Self.agree(p, [0, 0.0239, 0.1746, 0.3254, 0.4761], 5e-5))
  }
}
