using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

/// <summary>Job files in the tests' words.</summary>
internal static class Job
{
    /// <summary>The least that is a job; six lines, so that what a test adds stands in line 7.</summary>
    public const string Least = "name: a\nimage: debian:12\ngpu: RTX 4090\ndisk: 10GB\nrun: python train.py\nresults: out/*.json\n";

    public static SpecReading Read(string text) => JobSpecReader.Parse(text, "job.yaml", Repository.Root, ProfileReader.VastAi);

    public static JobSpec Good(string text)
    {
        SpecReading reading = Read(text);
        reading.Errors.ShouldBeEmpty();
        return reading.Spec.ShouldNotBeNull();
    }

    public static SpecError OnlyError(string text)
    {
        SpecReading reading = Read(text);
        reading.Spec.ShouldBeNull();
        return reading.Errors.ShouldHaveSingleItem();
    }
}
