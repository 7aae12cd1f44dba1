import ArgumentParser

@main
struct KeelProgram: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "keel")
}
