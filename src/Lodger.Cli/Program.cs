using Lodger.Cli;
using Lodger.Cli.CommandLine;
using Lodger.Cli.Composition;

// The commonest question of scripts is answered before anything is built.
if (args is ["--version"])
    return Application.Answer(OwnProgram.Version + '\n', 0);

if (Handover.TryCarryOut(args) is { } status)
    return status;
using var interrupt = new Interrupt();
return await Application.RunAsync(args, Surroundings.OfProcess(), interrupt.Token);
