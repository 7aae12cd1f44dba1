import CKernels
import Keel

/// Up to eight systems of charged particles side by side, as the kernels want them: number (a, p) of system l is at
/// `(a * particles + p) * 8 + l` for direction a and particle p.
struct ParticleLanes {
  /// The number of systems side by side.
  static let width = Int(KEEL_PARTICLE_LANES)

  let systems: Int
  let particles: Int
  private let charges: [[Double]]
  private let couplings: [Double]
  private(set) var positions: [Double]
  private(set) var velocities: [Double]
  private var workspace: [Double]

  /// At least one system and at most eight. Lanes without a system repeat the first.
  init(_ states: [ChargedParticles.State], law: ChargedParticles) {
    let n = states[0].charges.count
    precondition(
      states.allSatisfy { $0.charges.count == n }, "Systems side by side have equally many particles")
    let lanes = (0..<Self.width).map { $0 < states.count ? states[$0] : states[0] }
    systems = states.count
    particles = n
    charges = states.map(\.charges)
    couplings = (0..<n).flatMap { i in
      ((i + 1)..<max(n, i + 1)).flatMap { j in
        lanes.map { law.strength * ($0.charges[i] * $0.charges[j]) }
      }
    }
    func lay(_ values: KeyPath<ChargedParticles.State, Matrix<Double>>) -> [Double] {
      (0..<3).flatMap { a in (0..<n).flatMap { p in lanes.map { $0[keyPath: values][p, a] } } }
    }
    positions = lay(\.positions)
    velocities = lay(\.velocities)
    workspace = Array(repeating: 0, count: 3 * n * Self.width)
  }

  /// The systems one by one.
  var states: [ChargedParticles.State] {
    (0..<systems).map { lane in
      func matrix(_ values: [Double]) -> Matrix<Double> {
        Matrix(rows: particles, columns: 3) { p, a in values[(a * particles + p) * Self.width + lane] }
      }
      return ChargedParticles.State(
        charges: charges[lane], positions: matrix(positions), velocities: matrix(velocities))
    }
  }

  /// The forces of the first system, n × 3.
  func forces(law: ChargedParticles) -> Matrix<Double> {
    var result = workspace
    keel_particle_forces(particles, law.forceLimit, law.distanceCode, couplings, positions, &result)
    return Matrix(rows: particles, columns: 3) { p, a in result[(a * particles + p) * Self.width] }
  }

  /// Goes on by a number of steps.
  mutating func advance(steps: Int, law: ChargedParticles) {
    keel_particle_steps(
      particles, steps, law.timeStep, law.forceLimit, law.distanceCode, couplings, &positions, &velocities,
      &workspace)
  }
}

extension ChargedParticles {
  fileprivate var distanceCode: Int32 {
    Int32(distance == .expanded ? KEEL_DISTANCE_EXPANDED : KEEL_DISTANCE_DIRECT)
  }
}
