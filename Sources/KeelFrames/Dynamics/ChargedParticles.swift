public import Keel

/// Particles of unit mass in space with charges that repel or attract each other by the law of Coulomb.
///
///     F_i = k Σ_j q_i q_j (x_i - x_j) / |x_i - x_j|³,
///
/// each component cut off at a limit, and the symplectic method of Euler: `v ← v + h F(x)`, then `x ← x + h v`.
/// This is what the program behind the published n-body data set does; the kick at its start is a full one.
///
/// Source: the particle simulator of Kipf et al. (2018), *Neural relational inference for interacting systems*, in
/// the form of Fuchs et al. (2020) and Satorras, Hoogeboom and Welling (2021).
public struct ChargedParticles: Hashable, Sendable {
  /// How the square of a distance is computed.
  public enum DistanceFormula: String, Hashable, Sendable, CaseIterable {
    /// `|a - b|²`.
    case direct
    /// `(|a|² + |b|²) - 2 a·b`, as published: it loses digits where particles are close, and close encounters are
    /// chaotic. After 3000 steps the two formulas mostly differ by 1e-12, but by more than 1e-3 in about one of twenty
    /// simulations of the published data set.
    case expanded
  }

  /// The charges, positions and velocities of the particles.
  public struct State: Hashable, Sendable {
    /// q, a number a particle.
    public var charges: [Double]
    /// x, a particle a row, n × 3.
    public var positions: Matrix<Double>
    /// v, n × 3.
    public var velocities: Matrix<Double>

    /// A state.
    ///
    /// - Precondition: the positions and velocities are n × 3 for n charges.
    public init(charges: [Double], positions: Matrix<Double>, velocities: Matrix<Double>) {
      precondition(
        [positions, velocities].allSatisfy { $0.rows == charges.count && $0.columns == 3 },
        "A particle has a charge, a position and a velocity in space")
      self.charges = charges
      self.positions = positions
      self.velocities = velocities
    }
  }

  /// k.
  public let strength: Double
  /// h.
  public let timeStep: Double
  /// The largest magnitude of a component of a force.
  public let forceLimit: Double
  /// How the square of a distance is computed.
  public let distance: DistanceFormula

  /// The law of motion; without arguments that of the published data set.
  ///
  /// - Parameters:
  ///   - strength: k.
  ///   - timeStep: h, positive.
  ///   - forceLimit: the largest magnitude of a component of a force, default `0.1/h`.
  ///   - distance: how the square of a distance is computed.
  /// - Precondition: the time step is positive and finite, and the limit is not negative.
  public init(
    strength: Double = 1, timeStep: Double = 1e-3, forceLimit: Double? = nil,
    distance: DistanceFormula = .expanded
  ) {
    precondition(timeStep > 0 && timeStep.isFinite, "A time step is positive and finite")
    precondition(forceLimit ?? 0 >= 0, "A limit of forces is not negative")
    self.strength = strength
    self.timeStep = timeStep
    self.forceLimit = forceLimit ?? 0.1 / timeStep
    self.distance = distance
  }

  /// The forces on the particles, n × 3.
  ///
  /// Edge cases: particles at one place give NaN.
  /// - Complexity: O(n²).
  public func forces(in state: State) -> Matrix<Double> {
    let lanes = ParticleLanes([state], law: self)
    return lanes.forces(law: self)
  }

  /// The energy `½ Σ_i |v_i|² + k Σ_{i<j} q_i q_j / |x_i - x_j|`.
  ///
  /// The states between the steps of `advance` have velocities from half a step before, so that
  /// it is conserved up to the first order of the time step there.
  public func energy(of state: State) -> Double {
    let n = state.charges.count
    var energy = state.velocities.elements.reduce(0) { $0 + $1 * $1 } / 2
    for i in 0..<n {
      for j in 0..<i {
        let square = (0..<3).reduce(0) { sum, a in
          let difference = state.positions[i, a] - state.positions[j, a]
          return sum + difference * difference
        }
        energy += strength * state.charges[i] * state.charges[j] / square.squareRoot()
      }
    }
    return energy
  }

  /// The momentum `Σ_i v_i`, which is conserved unless a force is cut off.
  public func momentum(of state: State) -> [Double] { state.velocities.columnSums }

  /// The angular momentum `Σ_i x_i × v_i`, which is conserved unless a force is cut off.
  public func angularMomentum(of state: State) -> [Double] {
    let moments = FrameForce<Double>.torque(of: state.velocities, at: state.positions)
    return [moments[1, 2], moments[2, 0], moments[0, 1]]
  }

  /// Goes on by a number of steps.
  ///
  /// - Parameters:
  ///   - state: what is moved.
  ///   - steps: not negative.
  /// - Complexity: O(n²) a step.
  public func advance(_ state: inout State, steps: Int) {
    var states = [state]
    advance(&states, steps: steps)
    state = states[0]
  }

  /// Goes on by a number of steps with many systems of equal size, eight of them side by side.
  ///
  /// - Parameters:
  ///   - states: what is moved.
  ///   - steps: not negative.
  /// - Complexity: O(n²) a step and system.
  /// - Precondition: the systems have equally many particles.
  public func advance(_ states: inout [State], steps: Int) {
    precondition(steps >= 0, "A number of steps is not negative")
    let initial = states
    let law = self
    let moved = Parallel.map(Self.groups(of: states.count)) { group in
      var lanes = ParticleLanes(Array(initial[Self.members(of: group, initial.count)]), law: law)
      lanes.advance(steps: steps, law: law)
      return lanes.states
    }
    states = moved.flatMap(\.self)
  }

  /// The trajectories of many systems of equal size.
  ///
  /// - Parameters:
  ///   - states: where they start.
  ///   - count: the number of states to keep of each, not negative.
  ///   - interval: the number of steps between them, and before the first, not negative.
  /// - Complexity: O(n²) a step and system; 6 n numbers a state that is kept.
  /// - Precondition: the systems have equally many particles.
  public func trajectories(
    from states: [State], count: Int, interval: Int
  ) -> ChargedParticleTrajectories {
    precondition(count >= 0 && interval >= 0, "Numbers of states and of steps are not negative")
    let law = self
    let groups = Parallel.map(Self.groups(of: states.count)) { group in
      var lanes = ParticleLanes(Array(states[Self.members(of: group, states.count)]), law: law)
      var result = ChargedParticleTrajectories(empty: lanes.particles, states: count)
      result.reserve(lanes.systems, states: count)
      for index in 0..<count {
        lanes.advance(steps: interval, law: law)
        result.store(lanes, at: index)
      }
      return result
    }
    var result = ChargedParticleTrajectories(empty: states.first?.charges.count ?? 0, states: count)
    for group in groups { result.append(group) }
    return result
  }

  private static func groups(of count: Int) -> Int { (count + ParticleLanes.width - 1) / ParticleLanes.width }

  private static func members(of group: Int, _ count: Int) -> Range<Int> {
    (group * ParticleLanes.width)..<min((group + 1) * ParticleLanes.width, count)
  }
}
