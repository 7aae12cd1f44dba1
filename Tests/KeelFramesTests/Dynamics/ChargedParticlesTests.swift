import Foundation
import Keel
import KeelFrames
import Testing

@Suite("Charged particles", .serialized)
struct ChargedParticlesTests {
  static let hand = ChargedParticles.State(
    charges: [1, -1, 1], positions: [[0, 0, 0], [1, 0, 0], [0, 1, 0.5]],
    velocities: [[0.1, 0, 0], [0, 0.2, 0], [-0.1, 0, 0.3]])

  /// Positions and velocities from Python, by the published method: all digits printed, and two roundings a step.
  @Test("three particles", arguments: InstructionSet.available)
  func threeParticles(on instructions: InstructionSet) {
    instructions.select {
      let law = ChargedParticles()
      var state = Self.hand
      #expect(law.energy(of: state) == -0.6972394756667508)
      law.advance(&state, steps: 100)
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
      #expect(Matrix(state.positions.transposed).maximumDifference(from: positions) <= 1e-15)
      #expect(Matrix(state.velocities.transposed).maximumDifference(from: velocities) <= 1e-15)
      #expect(abs(law.energy(of: state) - -0.69742968) <= 5e-9)
      law.advance(&state, steps: 400)
      let row: Matrix<Double> = [[0.1987987308668468, 0.8173499693267233, -0.016148700193570273]]
      #expect(Matrix(row: (0..<3).map { state.positions[$0, 0] }).maximumDifference(from: row) <= 1e-15)
      #expect(abs(law.energy(of: state) - -0.69905192) <= 5e-9)
      law.advance(&state, steps: 500)
      #expect(abs(law.energy(of: state) - -0.69390519) <= 5e-9)
      for (found, expected) in zip(law.momentum(of: state), [0, 0.2, 0.3]) {
        #expect(abs(found - expected) <= 1e-14)
      }
      for (found, expected) in zip(law.angularMomentum(of: state), law.angularMomentum(of: Self.hand)) {
        #expect(abs(found - expected) <= 1e-13)
      }
    }
  }

  /// The same method in plain loops: equal to the last bit, whatever the number of systems side by side.
  @Test(
    "kernels against plain loops", arguments: InstructionSet.available,
    ChargedParticles.DistanceFormula.allCases)
  func plainLoops(on instructions: InstructionSet, distance: ChargedParticles.DistanceFormula) {
    instructions.select {
      for n in [0, 1, 2, 5, 7] {
        for systems in [1, 3, 8, 9] {
          var stream = RandomStream(seed: UInt64(100 * n + systems))
          let law = ChargedParticles(strength: 0.7, timeStep: 2e-3, forceLimit: 3, distance: distance)
          let states = (0..<systems).map { _ in
            ChargedParticles.State(
              charges: (0..<n).map { _ in stream.normal() }, positions: normalCloud(n, 3, using: &stream),
              velocities: normalCloud(n, 3, using: &stream))
          }
          var moved = states
          law.advance(&moved, steps: 3)
          #expect(moved == states.map { plain($0, law, steps: 3) }, "n \(n), systems \(systems)")
        }
      }
    }
  }

  private func plain(
    _ state: ChargedParticles.State, _ law: ChargedParticles, steps: Int
  ) -> ChargedParticles.State {
    var state = state
    for _ in 0..<steps {
      let forces = plainForces(state, law)
      #expect(law.forces(in: state) == forces)
      for p in 0..<state.charges.count {
        for a in 0..<3 {
          state.velocities[p, a] += law.timeStep * forces[p, a]
          state.positions[p, a] += law.timeStep * state.velocities[p, a]
        }
      }
    }
    return state
  }

  private func plainForces(_ state: ChargedParticles.State, _ law: ChargedParticles) -> Matrix<Double> {
    let (n, x) = (state.charges.count, state.positions)
    func product(_ i: Int, _ j: Int) -> Double {
      (x[i, 0] * x[j, 0] + x[i, 1] * x[j, 1]) + x[i, 2] * x[j, 2]
    }
    var forces = Matrix<Double>(zeros: n, 3)
    for i in 0..<n {
      for j in 0..<n where i != j {
        let difference = (0..<3).map { x[i, $0] - x[j, $0] }
        let direct =
          (difference[0] * difference[0] + difference[1] * difference[1]) + difference[2] * difference[2]
        let expanded = (product(min(i, j), min(i, j)) + product(max(i, j), max(i, j))) - 2 * product(i, j)
        let square = law.distance == .direct ? direct : expanded
        let charge = law.strength * (state.charges[i] * state.charges[j])
        let size = charge / (square * square.squareRoot())
        for a in 0..<3 { forces[i, a] += size * difference[a] }
      }
    }
    return forces.map { max(min($0, law.forceLimit), -law.forceLimit) }
  }

  @Test("particles at one place give NaN, and nothing stops")
  func coincident() {
    let state = ChargedParticles.State(
      charges: [1, 1], positions: Matrix(zeros: 2, 3), velocities: Matrix(zeros: 2, 3))
    let forces = ChargedParticles().forces(in: state)
    #expect(forces.elements.allSatisfy { $0.isNaN })
  }
}

@Suite("The n-body data set")
struct ChargedParticleDataTests {
  @Test("the first simulation, as computed elsewhere")
  func firstSimulation() {
    let data = ChargedParticleData()
    let initial = data.initialStates(of: .training, simulations: 0..<1)[0]
    #expect(initial.charges == [-1, 1, -1, -1, -1])
    let positions: Matrix<Double> = [
      [0.406094210414111, 0.8780990348347582, -0.4713833167038588, 0.04119692074890438, -0.67025794292186],
      [1.4914010444010783, -0.631228322864457, 0.7763725474579257, -0.46880013538838006, -1.376495997664468],
      [
        -0.5188505063060542, -0.2253957757156569, 0.20821626314756758, 0.20480637874638702,
        -0.08190336061730151,
      ],
    ]
    #expect(Matrix(initial.positions.transposed) == positions)
    let velocities = [
      0.36757418167112893, -0.030984009835295517, 0.18349444978848256, -0.10273042221152087,
      0.3218800852344951,
    ]
    // Equal to the last bit to what NumPy gives for `v * 0.5 / |v|`.
    #expect((0..<5).map { initial.velocities[$0, 0] } == velocities)
    let block = data.trajectories(of: .training, simulations: 0..<1, states: 41)
    let expected: [Int: [Double]] = [
      0: [
        0.445278278029731, 0.8676521040871057, -0.4549889147156061, 0.03862939255254863, -0.638898525116996,
      ],
      30: [
        2.989116317166655, 0.06995112699594805, -0.9238757220080384, 0.3920945581339577, -0.05206918373568539,
      ],
      40: [
        4.1654998367653935, -0.5493223151264109, -0.596871310482267, 0.17929104582269295, 0.01571500895905911,
      ],
    ]
    for (index, row) in expected {
      let found = block[0, index].positions
      // 4100 steps with a rounding each, at velocities and distances of about one.
      for p in 0..<5 { #expect(abs(found[p, 0] - row[p]) <= 1e-12, "state \(index)") }
    }
    #expect(block.chargeProducts.prefix(5) == [1, -1, 1, 1, 1])
  }

  @Test("jumps, blocks and batches give the same simulations")
  func jumps() {
    let data = ChargedParticleData(states: 3, interval: 2)
    let all = data.trajectories(of: .training, simulations: 0..<20)
    #expect(all.count == 20 && all.positions.count == 20 * 3 * 15)
    var found: [ChargedParticles.State] = []
    data.forEachBlock(of: .training, simulations: 5..<20, states: 2, block: 6) { block, range in
      #expect(block.count == range.count && block.states == 2)
      for system in 0..<block.count { found.append(block[system, 1]) }
    }
    #expect(found == (5..<20).map { all[$0, 1] })
    var draws = ChargedParticleData().draws
    draws.skip(7)
    let state = draws.next()
    #expect(ChargedParticleData().initialStates(of: .training, simulations: 7..<8) == [state])
    // Odd numbers of normals leave the second of a pair for the next simulation.
    var odd = ChargedParticleDraws(seed: 1, particles: 3, discardedNormals: 5)
    var skipped = odd
    skipped.skip(3)
    for _ in 0..<3 { _ = odd.next() }
    #expect(odd.next() == skipped.next())
    var generator = MersenneTwister(seed: 1)
    let uniforms = generator.uniforms(count: 3)
    let normals = generator.normals(count: 23)
    _ = generator.uniforms(count: 3)
    let position = generator.normal()
    var plain = ChargedParticleDraws(seed: 1, particles: 3, discardedNormals: 5)
    let first = plain.next()
    #expect(first.charges == uniforms.map { $0 < 0.5 ? -1 : 1 })
    #expect(first.positions[1, 0] == normals[1] * pow(0.6, 1.0 / 3))
    #expect(plain.next().positions[0, 0] == position * pow(0.6, 1.0 / 3))
  }

  @Test("errors of simple predictions for the first simulations of a part")
  func baselines() {
    let data = ChargedParticleData(interval: 10)
    let result = ChargedParticleBaselines(of: data, part: .training, simulations: 0..<8, input: 3, target: 5)
    #expect(result.scaled <= min(result.standing, result.moving) && result.factor == result.bestFactor)
    let block = data.trajectories(of: .training, simulations: 0..<8, states: 6)
    var sum = 0.0
    for system in 0..<8 {
      let (now, later) = (block[system, 3], block[system, 5])
      for value in (later.positions - (now.positions + now.velocities)).elements { sum += value * value }
    }
    #expect(abs(result.moving - sum / 120) <= 1e-14)
  }
}
