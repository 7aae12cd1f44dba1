/// The published n-body data set, made again from its random numbers.
///
/// Simulations come from one sequence of NumPy's `RandomState(43)`: first those for training, then for validation,
/// then for testing. Each draws its charges, positions and velocities, and then as many normal numbers as it has
/// stored coordinates, for a noise of amplitude zero. The draws are the published ones to the last bit;
/// trajectories are those of the published method up to rounding. That is 1e-12 mostly; in about one simulation of
/// twenty a tight pair of opposite charges magnifies it to the size of the orbit, and its phase is arbitrary.
///
/// Trajectories are made a block at a time, so that memory does not grow with the number of simulations; getting to
/// simulation k costs k draws.
///
/// ```swift
/// let data = ChargedParticleData()
/// data.forEachBlock(of: .testing, states: 41) { block, simulations in
///   let input = block[0, 30], target = block[0, 40]
/// }
/// ```
///
/// Source: Satorras, Hoogeboom and Welling (2021), *E(n) equivariant graph neural networks*, section 5.1; the
/// generator is that of Fuchs et al. (2020).
public struct ChargedParticleData: Hashable, Sendable {
  /// The parts of the data set, in the order in which they are drawn.
  public enum Part: String, Hashable, Sendable, CaseIterable {
    /// 10,000 simulations, of which models are usually given the first 3000.
    case training
    /// 2000 simulations.
    case validation
    /// 2000 simulations.
    case testing

    /// The number of simulations.
    public var count: Int { self == .training ? 10_000 : 2000 }

    /// The number of simulations before the first one.
    public var start: Int {
      switch self {
      case .training: 0
      case .validation: 10_000
      case .testing: 12_000
      }
    }
  }

  /// The seed of the draws.
  public let seed: UInt32
  /// The number of particles of a simulation.
  public let particles: Int
  /// The law of motion.
  public let law: ChargedParticles
  /// The number of states that are stored of a simulation.
  public let states: Int
  /// The number of steps between stored states, and before the first.
  public let interval: Int

  /// The data set; without arguments the published one.
  ///
  /// - Parameters:
  ///   - seed: the seed of the draws.
  ///   - particles: the number of particles of a simulation, positive.
  ///   - law: the law of motion.
  ///   - states: the number of states that are stored of a simulation; it decides how many normals are thrown away.
  ///   - interval: the number of steps between stored states.
  /// - Precondition: the numbers are positive.
  public init(
    seed: UInt32 = 43, particles: Int = 5, law: ChargedParticles = ChargedParticles(), states: Int = 49,
    interval: Int = 100
  ) {
    precondition(
      particles > 0 && states > 0 && interval > 0, "Numbers of particles, states and steps are positive")
    self.seed = seed
    self.particles = particles
    self.law = law
    self.states = states
    self.interval = interval
  }

  /// The draws from the first simulation on.
  public var draws: ChargedParticleDraws {
    ChargedParticleDraws(seed: seed, particles: particles, discardedNormals: 2 * states * 3 * particles)
  }

  /// The initial states of simulations, counted from the first one of a part.
  ///
  /// - Parameters:
  ///   - part: of the data set.
  ///   - simulations: default all.
  /// - Complexity: the draws of all simulations before the last one, about 20 µs each.
  /// - Precondition: the simulations are in the part.
  public func initialStates(
    of part: Part, simulations: Range<Int>? = nil
  ) -> [ChargedParticles.State] {
    let simulations = simulations ?? 0..<part.count
    var draws = positioned(at: part, simulations)
    return simulations.map { _ in draws.next() }
  }

  /// The trajectories of simulations of a part, at once.
  ///
  /// - Parameters:
  ///   - part: of the data set.
  ///   - simulations: default all.
  ///   - states: the number of stored states to go to, at most those of the data set; default all.
  /// - Complexity: O(n²) a step and simulation, and the draws before.
  /// - Precondition: the simulations are in the part, and there are as many states.
  public func trajectories(
    of part: Part, simulations: Range<Int>? = nil, states: Int? = nil
  ) -> ChargedParticleTrajectories {
    let count = checked(states)
    return law.trajectories(
      from: initialStates(of: part, simulations: simulations), count: count, interval: interval)
  }

  /// Makes the trajectories of simulations block by block, in order.
  ///
  /// - Parameters:
  ///   - part: of the data set.
  ///   - simulations: default all.
  ///   - states: the number of stored states to go to, at most those of the data set; default all.
  ///   - block: the number of simulations of a block, positive.
  ///   - body: called for every block with its trajectories and the simulations that they are of.
  /// - Complexity: O(n²) a step and simulation, and the draws before; memory for one block.
  /// - Throws: what the body throws.
  /// - Precondition: the simulations are in the part, and there are as many states.
  public func forEachBlock<Failure: Error>(
    of part: Part, simulations: Range<Int>? = nil, states: Int? = nil, block: Int = 512,
    _ body: (ChargedParticleTrajectories, Range<Int>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(block > 0, "A block has at least one simulation")
    let count = checked(states)
    let simulations = simulations ?? 0..<part.count
    var draws = positioned(at: part, simulations)
    var start = simulations.lowerBound
    while start < simulations.upperBound {
      let range = start..<min(start + block, simulations.upperBound)
      let initial = range.map { _ in draws.next() }
      try body(law.trajectories(from: initial, count: count, interval: interval), range)
      start = range.upperBound
    }
  }

  private func positioned(at part: Part, _ simulations: Range<Int>) -> ChargedParticleDraws {
    precondition(
      simulations.lowerBound >= 0 && simulations.upperBound <= part.count, "A part has no such simulations")
    var draws = draws
    if !simulations.isEmpty { draws.skip(part.start + simulations.lowerBound) }
    return draws
  }

  private func checked(_ states: Int?) -> Int {
    let count = states ?? self.states
    precondition(count >= 0 && count <= self.states, "A simulation has no such states")
    return count
  }
}
