using Lodger.Domain.Spec;
using Lodger.Engine.Import;
using Lodger.Engine.Profile;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Import;

public sealed class ForeignTaskTests
{
    private const string Sky = """
        name: Train_ResNet
        workdir: .
        num_nodes: 1
        resources:
          accelerators: {A100-80GB: 2}
          use_spot: true
          disk_size: 256
          image_id: docker:pytorch/pytorch:2.4.0
          ports: [8081, 10052-10054]
          cpus: 8+
          cloud: aws
        envs:
          LR: "0.001"
          WANDB_API_KEY: 0123456789abcdef0123
        secrets:
          HF_TOKEN: null
        file_mounts:
          /data: s3://bucket/data
          /out:
            name: my-bucket
            mode: MOUNT
        setup: |
          pip install -r requirements.txt
          echo "ready"
        run: |
          python train.py \
            --lr $LR
        """;

    private const string Dstack = """
        type: task
        name: train
        python: "3.12"
        env:
          - LR=0.001
          - HF_TOKEN
        commands:
          - pip install -r requirements.txt
          - python train.py --lr $LR
        ports: ["8000:8081"]
        spot_policy: auto
        max_price: 0.5
        max_duration: 12h
        resources:
          gpu: RTX4090,RTX3090:24GB:2
          disk: 80GB..
          memory: 32GB..
        volumes: [name:/data]
        """;

    [Fact]
    public void A_task_of_SkyPilot_becomes_a_job_that_Lodger_reads_and_what_did_not_come_along_is_said_with_its_line()
    {
        var task = Read(Sky, null);
        var spec = Parsed(task);
        task.Source.ShouldBe("skypilot");
        spec.Name.ShouldBe("train-resnet");
        spec.Image.ShouldBe("pytorch/pytorch:2.4.0");
        spec.Gpu.Names.ShouldBe(["A100 SXM4", "A100 PCIE"]);
        spec.Gpu.Count.ShouldBe(2);
        spec.Gpu.MinMemoryGb.ShouldBe(80);
        spec.DiskGb.ShouldBe(256);
        spec.Env.ShouldBe(new Dictionary<string, string> { ["LR"] = "0.001" });
        spec.SecretNames.ShouldBe(["WANDB_API_KEY", "HF_TOKEN"]);
        spec.Ports.ShouldBe(["8081/tcp", "10052/tcp", "10053/tcp", "10054/tcp"]);
        spec.Setup!.TrimEnd().ShouldBe("pip install -r requirements.txt\necho \"ready\"");
        spec.Run.ShouldContain("python train.py \\\n  --lr $LR");
        task.Yaml.ShouldContain("rent: interruptible");
        task.Yaml.ShouldContain("cpu_cores_effective>=8");
        task.Yaml.ShouldNotContain("0123456789abcdef0123", customMessage: "a secret's value stays out");
        foreach (var (line, field) in ((int, string)[])[(11, "resources.cloud"), (14, "WANDB_API_KEY"), (18, "file_mounts./data"), (20, "file_mounts./out")])
            task.Notes.ShouldContain(n => n.StartsWith($"task.yaml:{line}: {field}: ", StringComparison.Ordinal), string.Join('\n', task.Notes));
        task.Notes.Count.ShouldBe(4);
    }

    [Fact]
    public void A_task_of_dstack_likewise()
    {
        var task = Read(Dstack, null);
        var spec = Parsed(task);
        task.Source.ShouldBe("dstack");
        spec.Name.ShouldBe("train");
        spec.Image.ShouldBe("python:3.12-slim");
        spec.Gpu.Names.ShouldBe(["RTX 4090", "RTX 3090"]);
        spec.Gpu.Count.ShouldBe(2);
        spec.Gpu.MinMemoryGb.ShouldBe(24);
        spec.DiskGb.ShouldBe(80);
        spec.SecretNames.ShouldBe(["HF_TOKEN"]);
        spec.Ports.ShouldBe(["8081/tcp"]);
        spec.Run.TrimEnd().ShouldBe("pip install -r requirements.txt\npython train.py --lr $LR");
        task.Yaml.ShouldContain("rent: auto");
        task.Yaml.ShouldContain("dph<=0.5");
        task.Yaml.ShouldContain("cpu_ram>=32");
        task.Notes.Select(n => n.Split(": ")[1]).ShouldBe(["max_duration", "volumes"]);
    }

    [Theory]
    [InlineData("accelerators: RTX4090:1", "RTX 4090", 1)]
    [InlineData("accelerators: L40S", "L40S", 1)]
    [InlineData("accelerators: [RTX3090Ti:4]", "RTX 3090 Ti", 4)]
    [InlineData("accelerators: T4", "Tesla T4", 1)]
    [InlineData("accelerators: H100:8", "H100 SXM", 8)]
    public void GPUs_get_the_platforms_names(string line, string name, int count)
    {
        var spec = Parsed(Read($"resources:\n  {line}\nrun: 'true'\n", null));
        spec.Gpu.Names[0].ShouldBe(name);
        spec.Gpu.Count.ShouldBe(count);
    }

    [Theory]
    [InlineData("a: 1", "has neither  type:")]
    [InlineData("name: x\nresources: {}", "names no command to run")]
    [InlineData("- a", "A task is a mapping of fields.")]
    [InlineData("a: [", "task.yaml:")]
    [InlineData("", "A task is a mapping of fields.")]
    public void What_is_no_task_is_said(string text, string expected) =>
        ForeignTask.Read(text, "task.yaml", Path.GetTempPath(), null).Problem!.Message.ShouldContain(expected);

    [Fact]
    public void Whatever_stands_in_the_fields_the_job_that_is_written_can_be_read_as_YAML()
    {
        string[] nasty = ["a: b", "# no comment", "- x", "'\"\\", "  lead\nsecond", "tab\tin\nit", "| >", "\u00e9\u4e2d", "{}", "%a", "end \n \n"];
        foreach (var value in nasty)
        {
            var quoted = System.Text.Json.JsonSerializer.Serialize(value);
            var task = Read($"name: n\nsetup: {quoted}\nrun: {quoted}\nenvs: {{A: {quoted}}}\n", "skypilot");
            JobSpecReader.Parse(task.Yaml, "job.yaml", Path.GetTempPath(), ProfileReader.VastAi).Errors.ShouldAllBe(e => !e.Message.Contains("not YAML", StringComparison.Ordinal), $"{value}\n{task.Yaml}");
        }
    }

    [Theory]
    [InlineData("secrets: {\"A]\\nteardown: when-verified\\nports: [8080\": null}\nrun: 'true'\n")]
    [InlineData("envs: {\"A\\nteardown: when-verified\": x}\nrun: 'true'\n")]
    [InlineData("run: \"true\\nfalse\\u2028teardown: when-verified\"\n")]
    [InlineData("run: \"true\\nfalse\\u0085teardown: when-verified\"\n")]
    [InlineData("name: \"a\\nteardown: when-verified\"\nrun: 'true'\n")]
    [InlineData("\"x\\nteardown: when-verified\": 1\nrun: 'true'\n")]
    [InlineData("resources: {image_id: \"docker:a\\nteardown: when-verified\"}\nrun: 'true'\n")]
    public void Nothing_in_a_strangers_file_becomes_a_field_that_it_is_not(string text)
    {
        var reading = JobSpecReader.Parse(Read(text, "skypilot").Yaml, "job.yaml", Path.GetTempPath(), ProfileReader.VastAi);
        (reading.Spec?.Teardown).ShouldBeOneOf([null, TeardownMode.Ask]);
        reading.Errors.ShouldAllBe(e => !e.Field.StartsWith("teardown", StringComparison.Ordinal));
    }

    private static ImportedTask Read(string text, string? source) => ForeignTask.Read(text, "task.yaml", Path.GetTempPath(), source).Value;

    /// <summary>As somebody has it who said which files are checkpoints: without them no interruptible rental is begun.</summary>
    private static JobSpec Parsed(ImportedTask task)
    {
        var reading = JobSpecReader.Parse(task.Yaml.Replace("# checkpoints:", "checkpoints:", StringComparison.Ordinal), "job.yaml", Path.GetTempPath(), ProfileReader.VastAi);
        reading.Errors.ShouldBeEmpty(task.Yaml);
        return reading.Spec!;
    }
}
