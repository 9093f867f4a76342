using Lodger.Domain.Box;
using Lodger.Domain.Spec;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class JobSpecReaderTests
{
    [Fact]
    public void The_least_job_has_safe_defaults()
    {
        JobSpec spec = Job.Good(Job.Least);
        spec.Teardown.ShouldBe(TeardownMode.Ask);
        spec.Gpu.Count.ShouldBe(1);
        spec.Results.ShouldBe(["out/*.json"]);
        spec.CodeDirectory.ShouldBeNull();
        spec.BudgetUsd.ShouldBeNull();
        spec.StopWhenAbandonedAfter.ShouldBe(TimeSpan.FromMinutes(20));
    }

    [Fact]
    public void Every_field_of_the_reference_example_is_read()
    {
        string text = Example();
        JobSpec spec = Job.Good(text);
        spec.Name.ShouldBe("resnet-abl");
        spec.Image.ShouldBe("pytorch/pytorch:2.4.0-cuda12.4-cudnn9-runtime");
        spec.Registry.ShouldBe(new RegistryLogin("ghcr.io", "anna", "GHCR_TOKEN"));
        spec.Gpu.Names.ShouldBe(["RTX 4090", "RTX 3090"]);
        spec.Gpu.MinMemoryGb.ShouldBe(24);
        spec.DiskGb.ShouldBe(40);
        spec.Offers.ShouldBe("inet_down>=200 cuda_vers>=12.4");
        spec.CodeDirectory.ShouldBe(Repository.Root);
        spec.Data.ShouldBe([new DataSource("https://example.org/imagenette.tar", "data/imagenette.tar", "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]);
        spec.Env["LR"].ShouldBe("0.001");
        spec.Secrets.ShouldBe(["WANDB_API_KEY"]);
        spec.Ports.ShouldBe(["6006/tcp", "8081/tcp"]);
        spec.Setup.ShouldBe("pip install -r requirements.txt\n");
        spec.Run.ShouldBe("python3 train.py --resume --out runs");
        spec.Volume.ShouldBe(new VolumeSpec("41200999", "/workspace/volume"));
        spec.Workdir.ShouldBe("/workspace/volume/resnet-abl");
        spec.Checkpoints.ShouldBe(["runs/checkpoints/*.safetensors"]);
        spec.Results.ShouldBe(["runs/metrics.json", "runs/model.safetensors"]);
        spec.Copies.ShouldBe(["/mnt/nas/runs", "s3:my-bucket/runs"]);
        spec.Progress.ShouldNotBeNull().Regex.ShouldStartWith("step (?<step>");
        spec.Stall.ShouldBe(new StallSpec(TimeSpan.FromMinutes(30), StallAction.Tell));
        spec.Work.ShouldBe(TimeSpan.FromHours(6));
        spec.BudgetUsd.ShouldBe(6.00m);
        spec.StopWhenAbandonedAfter.ShouldBe(TimeSpan.FromMinutes(20));
        spec.Sweep.ShouldNotBeNull().Cells.Count.ShouldBe(3);
        spec.Rehearse.Run.ShouldBe("python3 train.py --resume --out runs --steps 2000");
        spec.Rehearse.Env["LR"].ShouldBe("0.01");
        spec.Rehearse.IsDeterministic.ShouldBeTrue();

        text.Split('\n').Where(line => line.Length > 0 && char.IsAsciiLetter(line[0])).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)])
            .ShouldBe(JobFields.All, ignoreOrder: true, "the example shows every field");
    }

    [Theory]
    [InlineData("gpu: RTX_4090", "RTX 4090")]
    [InlineData("gpu: [RTX 4090, A100]", "RTX 4090|A100")]
    [InlineData("gpu: {name: RTX 4090}", "RTX 4090")]
    [InlineData("gpu:\n  names:\n    - RTX_4090\n    - rtx 4090\n    - H100", "RTX 4090|H100")]
    public void A_gpu_is_a_name_a_list_or_a_mapping(string gpu, string names) =>
        string.Join('|', Job.Good(Job.Least.Replace("gpu: RTX 4090", gpu, StringComparison.Ordinal)).Gpu.Names).ShouldBe(names);

    [Fact]
    public void Data_may_be_an_address_alone() =>
        Job.Good(Job.Least + "data: https://example.org/a/train.csv?x=1").Data.ShouldBe([new DataSource("https://example.org/a/train.csv?x=1", "train.csv", null)]);

    [Fact]
    public void The_machine_may_be_told_never_to_stop_itself() => Job.Good(Job.Least + "abandoned: never").StopWhenAbandonedAfter.ShouldBeNull();

    [Fact]
    public void Settings_that_only_sound_like_secrets_are_settings()
    {
        JobSpec spec = Job.Good(Job.Least + "env: {TOKENIZERS_PARALLELISM: \"false\", MAX_TOKEN: 512, KEYS: lots-of-them, SORT_KEY: user_identifier, URL: \"https://example.org/x@y\"}");
        spec.Env.Count.ShouldBe(5);
    }

    [Fact]
    public void A_file_is_read_relative_to_its_own_directory()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(directory.Path, "src"));
        string path = Path.Combine(directory.Path, "job.yaml");
        File.WriteAllText(path, Job.Least + "code: src\n");
        JobSpecReader.Read(path, ProfileReader.VastAi).Value.Spec.ShouldNotBeNull().CodeDirectory.ShouldBe(Path.Combine(directory.Path, "src"));
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_named_and_never_replaced()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "job.yaml");
        File.WriteAllBytes(path, [.. "name: ä\nimage: x"u8, 0xE9, .. "\n"u8]);
        var problem = JobSpecReader.Read(path, ProfileReader.VastAi, "job.yaml").Problem!;
        problem.Message.ShouldBe("job.yaml:2:9: byte 0xE9 is no UTF-8.");
        problem.Fix.ShouldEndWith("iconv -f latin1 -t utf-8 job.yaml > job.utf8.yaml");
        foreach (var wide in (System.Text.Encoding[])[System.Text.Encoding.Unicode, System.Text.Encoding.BigEndianUnicode])
        {
            File.WriteAllText(path, "name: a\n", wide);
            JobSpecReader.Read(path, ProfileReader.VastAi, "job.yaml").Problem!.Fix.ShouldEndWith("From UTF-16:  iconv -f utf-16 -t utf-8 job.yaml > job.utf8.yaml");
        }

        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "name: 1x\n"u8]);
        JobSpecReader.Read(path, ProfileReader.VastAi).Value.Errors.ShouldNotBeEmpty("a mark before everything is no fault, and what follows is read");
    }

    [Fact]
    public void A_file_that_is_not_there_points_to_init() =>
        JobSpecReader.Read("/nonexistent/job.yaml", ProfileReader.VastAi).Problem.ShouldNotBeNull().Fix.ShouldContain("lodger init");

    private static string Example()
    {
        const string fence = "```";
        return Repository.Read("docs/job-yaml.md").Split(fence).Single(block => block.StartsWith("yaml\nname:", StringComparison.Ordinal))["yaml\n".Length..];
    }
}
