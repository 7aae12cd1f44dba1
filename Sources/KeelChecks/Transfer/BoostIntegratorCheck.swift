import Keel
import KeelTransfer

extension TransferChecks {
  /// Integrators that compose Lorentz boosts.
  static let boostIntegrator = Check(
    id: "transfer.boost-integrator",
    statement:
      "Compositions of Lorentz boosts keep vvᵀ - BBᵀ to rounding at every step size and err by O(h), O(h²), O(h⁴).",
    source: "Derived for this library; the composition of order 4 is by Celledoni, Marthinsen, Owren (2003)",
    trials: [.quick: 30, .standard: 200, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    let flow = GradientFlow(trial.reduced)
    let start = flow.start(head: trial.head)
    // The time in which the fastest direction falls by a factor of e.
    let size =
      BLAS.dot(trial.head, trial.head) + trial.geometry.weightNorm * trial.geometry.weightNorm + 1
    let time = 1 / (2 * trial.reduced.eigenvalues[0] * size)
    let exact = try flow.path(
      from: start, options: FlowOptions(endTime: time, restTolerance: 0)
    ).last.state
    return try BoostMethod.allCases.flatMap { method in
      let coarse = try follow(trial, method, time: time, steps: 16)
      let fine = try follow(trial, method, time: time, steps: 32)
      let errors = [coarse, fine].map { distance($0, exact) }
      let norm = BLAS.nrm2(flow.flatten(exact))
      // Each boost rounds the imbalance by some units of its size, and rounding may all have one sign.
      let boosts = Double(32 * (method == .commutatorFree ? 2 : 1))
      let rounding = 8 * boosts * .ulpOfOne * (norm * norm + size)
      // An error near that of the reference says nothing about the order.
      let isMeasurable = errors[1] > 1e3 * 1e-13 * (1 + norm)
      var parameters = trial.parameters
      parameters["errors"] = .numbers(errors)
      return [
        Comparison.equal(
          fine.imbalance.maximumDifference(from: start.imbalance), 0, tolerance: rounding,
          part: "drift, order \(method.order)", parameters: parameters),
        .equal(
          isMeasurable ? Double.log2(errors[0] / errors[1]) : Double(method.order), Double(method.order),
          tolerance: 0.3, part: "observed order \(method.order)", parameters: parameters),
      ]
    }
  }

  private static func follow(
    _ trial: TransferTrial, _ method: BoostMethod, time: Double, steps: Int
  ) throws -> TransferState {
    let start = TransferState(head: trial.head, features: trial.reduced.initialFeatures)
    let integrator = BoostIntegrator<Double>(trial.reduced, from: start, method: method)
    for _ in 0..<steps { try integrator.step(time / Double(steps)) }
    return integrator.state
  }

  private static func distance(_ a: TransferState, _ b: TransferState) -> Double {
    let head = zip(a.head, b.head).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let features = zip(a.features.elements, b.features.elements).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    return (head + features).squareRoot()
  }
}
