using System.Text;
using Lodger.Engine.Spec;

namespace Lodger.Engine.Tests.Spec;

public sealed class JobSpecErrorTests
{
    [Fact]
    public void A_disk_below_the_minimum_says_so_as_in_the_manual()
    {
        string error = Job.OnlyError(Job.Least.Replace("disk: 10GB", "disk: 5GB", StringComparison.Ordinal)).ToString();
        error.ShouldStartWith("job.yaml:4:7  disk: 5GB is below the platform's minimum of 10 GB, and a disk can never grow.");
        error.ShouldEndWith("Write:  disk: 40GB");
    }

    [Theory]
    [InlineData("name: a", "name: My Job", "1:7  name: A name has", "Write:  name: my-job")]
    [InlineData("name: a", "name: a--b", "1:7  name: A name has", "Write:  name: a-b")]
    [InlineData("image: debian:12", "image: \"debian 12\"", "2:8  image: This is not a Docker image", "")]
    [InlineData("image: debian:12", "image: --privileged", "2:8  image: This is not a Docker image", "")]
    [InlineData("gpu: RTX 4090", "gpu: {name: RTX 4090, count: 0}", "3:30  gpu.count: '0' is not a whole number from 1 to 16", "")]
    [InlineData("gpu: RTX 4090", "gpu: {count: 1}", "3:6  gpu: Which GPU?", "")]
    [InlineData("gpu: RTX 4090", "gpu: {name: A, names: [B]}", "3:16  gpu.names: name and names say the same", "")]
    [InlineData("gpu: RTX 4090", "gpu: {nam: A}", "3:7  gpu.nam: There is no such field. Did you mean name?", "")]
    [InlineData("gpu: RTX 4090", "gpu: []", "3:6  gpu: The list is empty", "")]
    [InlineData("disk: 10GB", "disk: 40", "4:7  disk: '40' is not a size", "disk: 40GB")]
    [InlineData("disk: 10GB", "disk: 900000TB", "4:7  disk: ", "")]
    [InlineData("disk: 10GB", "disk: 10GB\noffers: inet_down>100 reliabilty>0.9", "5:9  offers: Offer query, column 15: \"reliabilty\" is no field of an offer.", "Did you mean reliability?")]
    [InlineData("disk: 10GB", "disk: 10GB\noffers: cuda_vers>=", "5:9  offers: Offer query, column 12: expected a value for cuda_max_good", "")]
    [InlineData("run: python train.py", "run:", "5:5  run: This is empty", "")]
    [InlineData("results: out/*.json", "results: /out/*.json", "6:10  results: This is relative to the job's workdir", "")]
    [InlineData("results: out/*.json", "results: [out/../../x]", "6:11  results: This must stay below", "")]
    [InlineData("results: out/*.json", "results: []", "6:10  results: Which files are the results?", "")]
    public void A_wrong_value_says_where_and_what_to_write(string good, string bad, string start, string end)
    {
        Job.Least.ShouldContain(good);
        SpecReading reading = Job.Read(Job.Least.Replace(good, bad, StringComparison.Ordinal));
        string error = reading.Errors[0].ToString();
        error.ShouldStartWith("job.yaml:" + start);
        error.ShouldEndWith(end);
    }

    [Theory]
    [InlineData("rent: interruptible", "7:7  rent: An interruptible rental is lost without notice")]
    [InlineData("rent: spot", "7:7  rent: 'spot' is written  rent: interruptible")]
    [InlineData("bid: 0.2", "7:1  bid: Only an interruptible rental has this")]
    [InlineData("deadline: 36h", "7:1  deadline: Only an interruptible rental has this")]
    [InlineData("mirror: {keep: 0}", "7:16  mirror.keep: '0' is not a whole number")]
    [InlineData("rehearse: {steps: 3}", "7:12  rehearse.steps: ")]
    [InlineData("rehearse: {deterministic: perhaps}", "7:27  rehearse.deterministic: ")]
    [InlineData("rehearse: {env: [1]}", "7:17  rehearse.env: Names and values are needed here")]
    [InlineData("rent: stolen", "7:7  rent: 'stolen' is no way to rent")]
    [InlineData("copies: [~/runs]", "7:10  copies: ~ is not understood here")]
    [InlineData("matrix: {lr: [1, 2]}", "7:1  matrix: There is no such field")]
    [InlineData("volumes: [a]", "7:1  volumes: There is no such field")]
    [InlineData("cloud: s3://b", "7:1  cloud: There is no such field")]
    [InlineData("chekpoints: [a]", "7:1  chekpoints: There is no such field. Did you mean checkpoints?")]
    [InlineData("xyzzy: 1", "7:1  xyzzy: There is no such field. Fields here: name, image")]
    [InlineData("env: {LODGER_JOB: x}", "7:7  env: Names that begin with LODGER_")]
    [InlineData("env: {1A: x}", "7:7  env: A variable's name")]
    [InlineData("env: {A: [x]}", "7:10  env.A: A variable has one value")]
    [InlineData("env: {A: x}\nsecrets: [A]", "8:10  secrets: A stands under env: too")]
    [InlineData("secrets: [A]\nenv: {A: x}", "7:10  secrets: A stands under env: too")]
    [InlineData("ports: [70000]", "7:9  ports: A port is a number from 1 to 65535")]
    [InlineData("ports: [\"8080:80\"]", "7:9  ports: Which port it is outside")]
    [InlineData("ports: [8080, 8080/tcp]", "7:15  ports: 8080/tcp is listed twice")]
    [InlineData("ports: [22]", "7:9  ports: Port 22 is ssh")]
    [InlineData("workdir: /root", "7:10  workdir: The job works in a directory of its own inside /workspace")]
    [InlineData("workdir: /workspace/../root", "7:10  workdir: The job works")]
    [InlineData("workdir: /workspace", "7:10  workdir: The job works")]
    [InlineData("workdir: /workspacex/a", "7:10  workdir: The job works")]
    [InlineData("code: no/such/place", "7:7  code: There is no directory no/such/place")]
    [InlineData("data: [ftp://a/b]", "7:8  data: The machine fetches data over http or https")]
    [InlineData("data: [https://user:pw@a/b]", "7:8  data: The address holds a user or password")]
    [InlineData("data: [https://a/]", "7:8  data.path: The address ends in no file name")]
    [InlineData("data: [https://a/x, https://b/x]", "7:7  data: Two entries would be written to x")]
    [InlineData("data: [{url: https://a/x, sha256: abc}]", "7:35  data.sha256: A SHA-256 has 64")]
    [InlineData("data: [{path: x}]", "7:8  data.url: An entry of data needs an address")]
    [InlineData("progress: {regex: \"(?P<step>x)\"}", "7:19  progress.regex: Named groups are written (?<step>...)")]
    [InlineData("progress: {regex: \"loss\"}", "7:19  progress.regex: This expression cannot be used")]
    [InlineData("progress: {regex: \"(\"}", "7:19  progress.regex: This expression cannot be used")]
    [InlineData("progress: {file: ../p}", "7:18  progress.file: This must stay below")]
    [InlineData("stall: soon", "7:8  stall: 'soon' is not a duration")]
    [InlineData("stall: {action: stop}", "7:8  stall.after: After how long")]
    [InlineData("stall: {after: 1m, action: shout}", "7:28  stall.action: 'shout' is none of the choices. Write tell or stop.")]
    [InlineData("teardown: never", "7:11  teardown: 'never' is none of the choices. Write ask or when-verified.")]
    [InlineData("budget: -1", "7:9  budget: '-1' is not an amount")]
    [InlineData("work: 0h", "7:7  work: '0h' is not a duration")]
    [InlineData("registry: {server: \"https://ghcr.io\", user: a, password_secret: P}", "7:20  registry.server: Name the registry's host alone")]
    [InlineData("registry: {server: ghcr.io, user: \"a -p x\", password_secret: P}", "7:35  registry.user: A registry's user")]
    [InlineData("registry: {server: ghcr.io, user: a}", "7:11  registry.password_secret: A login needs")]
    [InlineData("name: b", "7:1  name: This key stands here twice")]
    public void A_wrong_field_says_where_and_what_to_do(string field, string start) =>
        Job.OnlyError(Job.Least + field + "\n").ToString().ShouldStartWith("job.yaml:" + start);

    [Theory]
    [InlineData("env: {WANDB_API_KEY: 0123456789abcdef0123456789abcdef01234567}", "0123456789abcdef")]
    [InlineData("env: {X: hf_abcdefghijklmnopqrstuvwx}", "hf_abc")]
    [InlineData("env: {DB: \"postgres://me:hunter22@db/x\"}", "hunter22")]
    [InlineData("env: {MY_PASSWORD: correct-horse}", "correct-horse")]
    [InlineData("secrets: [\"HF_TOKEN=hf_abcdefghijklmnopqrstuvwx\"]", "hf_abc")]
    [InlineData("secrets: [hf_abcdefghijklmnopqrstuvwx]", "hf_abc")]
    [InlineData("secrets: {HF_TOKEN: hf_abcdefghijklmnopqrstuvwx}", "hf_abc")]
    [InlineData("registry: {server: ghcr.io, user: a, password_secret: \"my real password\"}", "my real")]
    [InlineData("data: [\"https://user:hunter22@a/b\"]", "hunter22")]
    public void A_value_that_looks_like_a_secret_is_refused_and_never_repeated(string field, string secret)
    {
        SpecReading reading = Job.Read(Job.Least + field + "\n");
        reading.Spec.ShouldBeNull();
        reading.Errors.ShouldNotBeEmpty();
        reading.ToOutcome().Problem.ShouldNotBeNull().ToString().ShouldNotContain(secret);
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once_in_the_files_order()
    {
        SpecReading reading = Job.Read("name: A\ndisk: 1GB\nbudget: x\nfoo: 1\n");
        reading.Errors.Select(e => e.Field).ShouldBe(["name", "image", "gpu", "run", "results", "disk", "budget", "foo"], ignoreOrder: true);
        reading.Errors.Select(e => e.Line).ShouldBeInOrder();
    }

    [Fact]
    public void Sixty_four_ports_are_the_most()
    {
        Job.Good(Job.Least + "ports: [" + string.Join(", ", Enumerable.Range(8000, 64)) + "]").Ports.Count.ShouldBe(64);
        Job.OnlyError(Job.Least + "ports: [" + string.Join(", ", Enumerable.Range(8000, 65)) + "]").Message.ShouldContain("at most 64");
    }

    [Fact]
    public void Damaged_jobs_are_errors_and_never_exceptions()
    {
        string good = Job.Least + "registry: {server: g.io, user: a, password_secret: P}\ndata: [https://a/b]\nenv: {A: b}\nsecrets: [C]\nports: [80]\nprogress: {file: p}\nstall: {after: 1m}\nbudget: 3\nwork: 1h\n";
        Job.Good(good);
        const string alphabet = "[]{}:,'\"|>-?&*!%@`#\t\n \\a0~/.";
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var text = new StringBuilder(good);
            for (int edits = random.Next(1, 8); edits > 0; edits--)
                text[random.Next(text.Length)] = alphabet[random.Next(alphabet.Length)];

            SpecReading reading = Should.NotThrow(() => Job.Read(text.ToString()), $"seed {seed}");
            (reading.Spec is null).ShouldBe(reading.Errors.Count > 0, $"seed {seed}: a spec or errors, never both");
            reading.Errors.All(e => e.Message.Length > 0 && e.Line >= 1).ShouldBeTrue($"seed {seed}");
        }
    }
}
