using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class ExampleJobTests
{
    [Fact]
    public void Every_example_is_a_job_that_can_be_read()
    {
        string[] jobs = [.. Directory.EnumerateFiles(Path.Combine(Repository.Root, "examples"), "job*.yaml", SearchOption.AllDirectories)];
        jobs.ShouldNotBeEmpty();
        foreach (string job in jobs)
            JobSpecReader.Read(job, ProfileReader.VastAi).Value.Errors.ShouldBeEmpty(job);
    }
}
