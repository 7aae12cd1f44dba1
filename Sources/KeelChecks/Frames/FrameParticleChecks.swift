import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// What the integrator keeps.
  static let particles = Check(
    id: "frames.particles",
    statement:
      "Charged particles keep momentum and angular momentum to rounding, and move as E(3) says they should.",
    source: "Central forces between pairs, and a symplectic method that changes x along v and v along F",
    assumptions: ["No force is cut off: particles stay more than 0.3 apart."],
    trials: [.quick: 8, .standard: 80, .full: 1000],
    cases: [
      Check.NamedCase("three-particles", expected: .holds) { _ in try threeParticles() },
      Check.NamedCase("data-set", expected: .holds) { _ in firstSimulation() },
    ]
  ) { context -> [Comparison] in
    var stream = context.stream
    let count = 2 + context.index % 6
    let law = ChargedParticles(distance: context.index % 2 == 0 ? .direct : .expanded)
    let start = ChargedParticles.State(
      charges: (0..<count).map { _ in stream.uniform() < 0.5 ? -1 : 1 },
      positions: 2 * Matrix<Double>.randomNormal(rows: count, columns: 3, using: &stream),
      velocities: Matrix<Double>.randomNormal(rows: count, columns: 3, using: &stream))
    let element = FrameElement<Double>.random(of: .euclidean, dimension: 3, using: &stream)
    func moved(_ state: ChargedParticles.State) -> ChargedParticles.State {
      ChargedParticles.State(
        charges: state.charges, positions: element.transformed(state.positions),
        velocities: element.transformed(Field(.vector, state.velocities)).values)
    }
    var (state, other, nearest) = (start, moved(start), smallestDistance(start.positions))
    let steps = 200
    for _ in 0..<10 {
      law.advance(&state, steps: steps / 10)
      law.advance(&other, steps: steps / 10)
      nearest = min(nearest, smallestDistance(state.positions))
    }
    let parameters: Parameters = ["n": .integer(count), "nearest": .number(nearest)]
    guard nearest > 0.3 else { throw AssumptionFailure("particles stay apart", parameters: parameters) }
    // A few roundings of numbers of size 10 in each of 200 steps, which the motion magnifies little in a fifth of a unit
    // of time; distances of 0.3 lose two digits in the published formula.
    let tolerance = 1e-11
    return [
      .atMost(
        law.momentum(of: state).largestDifference(from: law.momentum(of: start)), 0, tolerance: tolerance,
        part: "momentum", parameters: parameters),
      .atMost(
        law.angularMomentum(of: state).largestDifference(from: law.angularMomentum(of: start)), 0,
        tolerance: tolerance, part: "angular momentum", parameters: parameters),
      .atMost(
        moved(state).positions.maximumDifference(from: other.positions), 0, tolerance: tolerance,
        part: "E(3), positions", parameters: parameters),
      .atMost(
        moved(state).velocities.maximumDifference(from: other.velocities), 0, tolerance: tolerance,
        part: "E(3), velocities", parameters: parameters),
    ]
  }

  /// Predictions that need no model.
  static let particleBaselines = Check(
    id: "frames.particle-baselines",
    statement:
      "On the test part of the published n-body data, x + av is off by 0.27, 0.11 and 0.085 for a = 0, 1, 0.73.",
    source:
      "The data set of Satorras, Hoogeboom and Welling (2021), made again; they give 0.0819 for a linear model",
    assumptions: [
      "All 2000 simulations; below standard effort 40 of them, for which only the order is known."
    ],
    trials: [.quick: 1]
  ) { context -> [Comparison] in
    let simulations = context.effort == .quick ? 0..<40 : nil
    let errors = ChargedParticleBaselines(of: ChargedParticleData(), simulations: simulations)
    let order = Comparison.atMost(
      errors.scaled, min(errors.standing, errors.moving), tolerance: 0, part: "the best a is best")
    guard simulations == nil else { return [order] }
    return [order]
      + [
        ("a = 0", errors.standing, 0.2715, 5e-4), ("a = 1", errors.moving, 0.110, 4e-3),
        ("best a", errors.scaled, 0.0847, 2e-3), ("a", errors.bestFactor, 0.73, 1e-2),
      ].map { part, found, known, tolerance in
        // In a twentieth of the simulations opposite charges circle each other so closely that rounding decides where
        // they are: programs that differ by rounding alone find 0.108 to 0.112 for a = 1, and 0.0835 to 0.0857.
        .equal(found, known, tolerance: tolerance, part: part)
      }
  }

  private static func smallestDistance(_ points: Matrix<Double>) -> Double {
    var smallest = Double.infinity
    for i in 0..<points.rows {
      for j in 0..<i {
        let square = (0..<points.columns).reduce(0) { sum, a in
          sum + (points[i, a] - points[j, a]) * (points[i, a] - points[j, a])
        }
        smallest = min(smallest, square.squareRoot())
      }
    }
    return smallest
  }

  /// Three particles of small numbers, whose motion was computed elsewhere.
  private static func threeParticles() throws -> [Comparison] {
    let law = ChargedParticles()
    let start = ChargedParticles.State(
      charges: [1, -1, 1],
      positions: [[0, 0, 0], [1, 0, 0], [0, 1, 0.5]],
      velocities: [[0.1, 0, 0], [0, 0.2, 0], [-0.1, 0, 0.3]])
    var states = [start]
    for steps in [100, 400, 500] {
      var next = states[states.count - 1]
      law.advance(&next, steps: steps)
      states.append(next)
    }
    // A column a particle.
    let positions: Matrix<Double> = [
      [0.01512843039753624, 0.9933988459730716, -0.008527276370607906],
      [-0.003525066835008568, 0.021446930672098973, 1.0020781361629099],
      [-0.0018145543491737113, 0.0007602508988810586, 0.5310543034502927],
    ]
    let velocities: Matrix<Double> = [
      [0.2025356948442696, -0.13145377587223123, -0.07108191897203846],
      [-0.06880994384938309, 0.22813092629722798, 0.040679017552155],
      [-0.03594600671901845, 0.01516349551328002, 0.32078251120573836],
    ]
    let energies = [-0.6972394756667508, -0.69742968, -0.69905192, -0.69390519]
    return [
      .atMost(
        Matrix(states[1].positions.transposed).maximumDifference(from: positions), 0, tolerance: 1e-13,
        part: "x after 100 steps"),
      .atMost(
        Matrix(states[1].velocities.transposed).maximumDifference(from: velocities), 0, tolerance: 1e-13,
        part: "v after 100 steps"),
      .atMost(
        (0..<3).map { states[2].positions[$0, 0] }.largestDifference(
          from: [0.1987987308668468, 0.8173499693267233, -0.016148700193570273]), 0, tolerance: 1e-12,
        part: "x₁ after 500 steps"),
    ]
      + zip(states, energies).map { state, energy in
        .equal(law.energy(of: state), energy, tolerance: 5e-9, part: "energy")
      }
      + states.map { state in
        .atMost(
          law.momentum(of: state).largestDifference(from: [0, 0.2, 0.3]), 0, tolerance: 1e-14,
          part: "momentum")
      }
  }

  /// The first simulation of the published data set.
  private static func firstSimulation() -> [Comparison] {
    let data = ChargedParticleData()
    let start = data.initialStates(of: .training, simulations: 0..<1)[0]
    let trajectory = data.trajectories(of: .training, simulations: 0..<1, states: 41)
    func row(_ matrix: Matrix<Double>, _ axis: Int) -> [Double] { (0..<5).map { matrix[$0, axis] } }
    func exact(_ found: [Double], _ digits: [Double], _ part: String) -> Comparison {
      .atMost(found.largestDifference(from: digits), 0, tolerance: 1e-15, part: part)
    }
    func trajectoryDigits(_ state: Int, _ digits: [Double]) -> Comparison {
      .atMost(
        row(trajectory[0, state].positions, 0).largestDifference(from: digits), 0,
        // Rounding, magnified by the motion.
        tolerance: 1e-10, part: "x₁ of stored state \(state)")
    }
    return [
      exact(start.charges, [-1, 1, -1, -1, -1], "charges"),
      exact(
        row(start.positions, 0),
        [
          0.406094210414111, 0.8780990348347582, -0.4713833167038588, 0.04119692074890438, -0.67025794292186,
        ], "x₁"),
      exact(
        row(start.positions, 1),
        [
          1.4914010444010783, -0.631228322864457, 0.7763725474579257, -0.46880013538838006,
          -1.376495997664468,
        ], "x₂"),
      exact(
        row(start.positions, 2),
        [
          -0.5188505063060542, -0.2253957757156569, 0.20821626314756758, 0.20480637874638702,
          -0.08190336061730151,
        ], "x₃"),
      exact(
        row(start.velocities, 0),
        [
          0.36757418167112893, -0.03098400983529552, 0.18349444978848256, -0.10273042221152087,
          0.3218800852344951,
        ], "v₁"),
      trajectoryDigits(
        0,
        [0.445278278029731, 0.8676521040871057, -0.4549889147156061, 0.03862939255254863, -0.638898525116996]),
      trajectoryDigits(
        30,
        [
          2.989116317166655, 0.06995112699594805, -0.9238757220080384, 0.3920945581339577,
          -0.05206918373568539,
        ]),
      trajectoryDigits(
        40,
        [
          4.1654998367653935, -0.5493223151264109, -0.596871310482267, 0.17929104582269295,
          0.01571500895905911,
        ]),
    ]
  }
}
