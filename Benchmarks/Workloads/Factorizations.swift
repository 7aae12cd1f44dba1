import Keel

extension Workload {
  static let factorizations: [Workload] = []
}
