import Keel

/// States of many systems of charged particles at equal times, in the layout of the published files.
///
/// Numbers lie by system, then by state, then by direction, then by particle: the shape
/// `(count, states, 3, particles)` of the arrays `loc` and `vel`.
public struct ChargedParticleTrajectories: Hashable, Sendable {
  /// The number of particles of a system.
  public let particles: Int
  /// The number of states of a system.
  public let states: Int
  /// The number of systems.
  public private(set) var count: Int
  /// The charges: shape `(count, particles)`.
  public private(set) var charges: [Double]
  /// The positions: shape `(count, states, 3, particles)`.
  public private(set) var positions: [Double]
  /// The velocities: shape `(count, states, 3, particles)`.
  public private(set) var velocities: [Double]

  /// No systems yet.
  init(empty particles: Int, states: Int) {
    self.particles = particles
    self.states = states
    (count, charges, positions, velocities) = (0, [], [], [])
  }

  /// Room for systems whose states are stored one by one.
  mutating func reserve(_ systems: Int, states: Int) {
    positions = Array(repeating: 0, count: systems * states * 3 * particles)
    velocities = positions
  }

  /// Keeps the present state of systems side by side.
  mutating func store(_ lanes: ParticleLanes, at index: Int) {
    if count == 0 {
      count = lanes.systems
      charges = lanes.states.flatMap(\.charges)
    }
    let size = 3 * particles
    for lane in 0..<lanes.systems {
      let start = (lane * states + index) * size
      for k in 0..<size {
        positions[start + k] = lanes.positions[k * ParticleLanes.width + lane]
        velocities[start + k] = lanes.velocities[k * ParticleLanes.width + lane]
      }
    }
  }

  /// Puts the systems of another batch behind these.
  mutating func append(_ other: ChargedParticleTrajectories) {
    count += other.count
    charges += other.charges
    positions += other.positions
    velocities += other.velocities
  }

  /// State `index` of a system, with a particle a row.
  ///
  /// - Precondition: there are such a system and such a state.
  public subscript(system: Int, index: Int) -> ChargedParticles.State {
    precondition(system >= 0 && system < count && index >= 0 && index < states, "There is no such state")
    let start = (system * states + index) * 3 * particles
    func matrix(_ values: [Double]) -> Matrix<Double> {
      Matrix(rows: particles, columns: 3) { p, a in values[start + a * particles + p] }
    }
    return ChargedParticles.State(
      charges: Array(charges[(system * particles)..<((system + 1) * particles)]),
      positions: matrix(positions), velocities: matrix(velocities))
  }

  /// The products `q_i q_j` of the charges: shape `(count, particles, particles)`, the array `edges`.
  public var chargeProducts: [Double] {
    (0..<count).flatMap { system in
      let q = charges[(system * particles)..<((system + 1) * particles)]
      return q.flatMap { a in q.map { a * $0 } }
    }
  }
}
