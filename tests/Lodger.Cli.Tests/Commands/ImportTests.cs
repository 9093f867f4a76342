using Lodger.Cli.Tests.Stage;
using Lodger.Domain.Problems;

namespace Lodger.Cli.Tests.Commands;

public sealed class ImportTests : IDisposable
{
    private readonly TestStage stage = new();

    public void Dispose() => stage.Dispose();

    [Fact]
    public async Task A_task_is_written_as_a_job_with_what_did_not_come_along_and_never_over_another()
    {
        stage.Write("task.yaml", "resources: {accelerators: 'RTX4090:1', cloud: aws}\nrun: python train.py\n");
        (await stage.RunAsync("import", "task.yaml")).ShouldBe(ExitCode.Ok);
        stage.OutInOneLine.ShouldContain("Wrote job.yaml from task.yaml (skypilot).");
        stage.OutInOneLine.ShouldContain("task.yaml:1: resources.cloud: there is one marketplace");
        File.ReadAllText(Path.Combine(stage.Directory, "job.yaml")).ShouldContain("run: \"python train.py\"");

        (await stage.RunAsync("import", "task.yaml")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("job.yaml exists already and was left as it is.");
    }

    [Fact]
    public async Task It_can_be_printed_and_what_is_no_task_is_said()
    {
        stage.Write("task.yaml", "run: python train.py\nresources: {disk_size: 5}\n");
        (await stage.RunAsync("import", "task.yaml", "--print")).ShouldBe(ExitCode.Ok);
        stage.Out.ShouldContain("disk: 5GB");
        stage.Error.ShouldContain("below the platform's minimum", customMessage: "what Lodger says of the job that came of it");
        File.Exists(Path.Combine(stage.Directory, "job.yaml")).ShouldBeFalse();

        (await stage.RunAsync("import", "nothing.yaml")).ShouldBe(ExitCode.NotFound);
        (await stage.RunAsync("import", "task.yaml", "--from", "slurm")).ShouldBe(ExitCode.BadInput);
        stage.Error.ShouldContain("It can be skypilot or dstack.");
    }
}
