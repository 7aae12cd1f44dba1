import Dispatch
import Foundation

/// Does something when the user or the system asks the program to end, instead of just ending.
final class SignalWatch {
  private let sources: [any DispatchSourceSignal]
  private static let signals = [SIGINT, SIGTERM]

  /// Watches until it is cancelled.
  ///
  /// - Parameter action: called with the signal, on a thread of its own, and expected to end the program.
  init(_ action: @escaping @Sendable (Int32) -> Void) {
    // A queue of its own gets a thread even while all processors compute.
    let queue = DispatchQueue(label: "keel.signals")
    sources = Self.signals.map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler { action(number) }
      source.resume()
      return source
    }
  }

  /// Restores what the signals usually do.
  func cancel() {
    for (source, number) in zip(sources, Self.signals) {
      source.cancel()
      signal(number, SIG_DFL)
    }
  }
}
