import Synchronization

/// What the checks of one run compute from the same problems, so that a path is followed once and not
/// by every check that speaks of it.
///
/// Values are kept for the run. Two threads that ask for one value at the same time may both compute
/// it, with the same result: nothing waits for a computation.
final class SharedValues: Sendable {
  private let values = Mutex<[String: any Sendable]>([:])

  /// The value with a key, computed if it is not known; an error is not kept.
  func value<Value: Sendable>(_ key: String, _ make: () throws -> Value) rethrows -> Value {
    if let known = values.withLock({ $0[key] }) as? Value { return known }
    let made = try make()
    values.withLock { $0[key] = made }
    return made
  }
}
