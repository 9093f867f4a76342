using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class JobYamlTemplateTests : IDisposable
{
    private readonly TemporaryDirectory home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public void An_empty_directory_gives_a_job_that_can_be_read()
    {
        JobSpec spec = Init("my Project (v2)");
        spec.Name.ShouldBe("my-project-v2");
        spec.Image.ShouldStartWith("pytorch/pytorch:");
        spec.Teardown.ShouldBe(TeardownMode.Ask);
        spec.Run.ShouldBe("python3 train.py");
        JobYamlTemplate.Write(Path.Combine(home.Path, "my Project (v2)"), ProfileReader.VastAi).ShouldContain("the platform stores them with the rental");
        var directory = Path.Combine(home.Path, "my Project (v2)");
        JobYamlTemplate.Write(directory, ProfileReader.VastAi).ShouldContain("# Nothing was here that could be run");
        JobYamlTemplate.Lacking(directory).ShouldNotBeNull().ShouldContain("put train.py here, or write your own command");
    }

    [Theory]
    [InlineData("train.py")]
    [InlineData("run.sh")]
    [InlineData("anything.py")]
    public void A_directory_with_a_program_lacks_nothing(string program)
    {
        Init("a", (program, "pass\n"));
        JobYamlTemplate.Lacking(Path.Combine(home.Path, "a")).ShouldBeNull();
        JobYamlTemplate.Write(Path.Combine(home.Path, "a"), ProfileReader.VastAi).ShouldNotContain("Nothing was here");
    }

    [Fact]
    public void What_is_found_is_used()
    {
        JobSpec spec = Init(
            "abl",
            ("main.py", "import numpy\n"),
            ("requirements.txt", "numpy\ntorch==2.4\n"),
            ("Dockerfile", "FROM golang:1 AS build\nRUN x\nFROM --platform=linux/amd64 nvcr.io/nvidia/pytorch:24.07-py3\n"),
            ("ckpt/a", ""),
            ("outputs/a", ""));
        spec.Image.ShouldBe("nvcr.io/nvidia/pytorch:24.07-py3");
        spec.Run.ShouldBe("python3 main.py");
        spec.Setup.ShouldBe("pip install -r requirements.txt");
        spec.Checkpoints.ShouldBe(["ckpt/**"]);
        spec.Results.ShouldBe(["outputs/**"]);
        spec.CodeDirectory.ShouldBe(Path.Combine(home.Path, "abl"));
    }

    [Fact]
    public void A_program_without_torch_gets_a_plain_python() => Init("p", ("fit.py", "import csv\n")).ShouldSatisfyAllConditions(
        spec => spec.Image.ShouldStartWith("python:"), spec => spec.Run.ShouldBe("python3 fit.py"));

    [Theory]
    [InlineData("FROM ${BASE}\n")]
    [InlineData("FROM scratch\n")]
    [InlineData("FROM debian:12 AS base\nFROM base\n")]
    [InlineData("FROM --privileged;rm\n")]
    public void A_dockerfile_that_names_no_image_outright_is_no_hint(string dockerfile) =>
        Init("d", ("Dockerfile", dockerfile)).Image.ShouldStartWith("pytorch/pytorch:");

    [Fact]
    public void Hostile_file_names_reach_nothing() => Init("h", ("x: y\n.py", "import torch")).Run.ShouldBe("python3 train.py");

    private JobSpec Init(string name, params (string Path, string Text)[] files)
    {
        string directory = Path.Combine(home.Path, name);
        Directory.CreateDirectory(directory);
        foreach ((string path, string text) in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(directory, path))!);
            File.WriteAllText(Path.Combine(directory, path), text);
        }

        SpecReading reading = JobSpecReader.Parse(JobYamlTemplate.Write(directory, ProfileReader.VastAi), "job.yaml", directory, ProfileReader.VastAi);
        reading.Errors.ShouldBeEmpty();
        return reading.Spec.ShouldNotBeNull();
    }
}
