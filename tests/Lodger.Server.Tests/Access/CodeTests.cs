using System.Formats.Tar;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Lodger.Server.Access;
using Lodger.Server.Api;
using Lodger.Server.Client;
using Lodger.Server.Tests.Stage;

namespace Lodger.Server.Tests.Access;

/// <summary>Code that comes over the network, and the jobs that are of it.</summary>
public sealed class CodeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_taken_where_its_project_lies_and_a_job_of_that_project_alone_can_be_of_it()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var vision = new ServerClient(door, await stage.TokenAsync("vision", "vision", [Scope.Read, Scope.Operate]));
        using var speech = new ServerClient(door, await stage.TokenAsync("speech", "speech", [Scope.Read, Scope.Operate]));
        var code = (await vision.SendCodeAsync(null, TarAsync("train.py"), null, Token)).Value;
        code.Files.ShouldBe(1);
        var place = Path.Combine(stage.Root, "shared", "vision", ".code", code.Id);
        (await File.ReadAllTextAsync(Path.Combine(place, "train.py"), Token)).ShouldBe("train.py");

        var wish = stage.Submission() with { ResultsDirectory = "", Code = code.Id };
        (await speech.SubmitAsync(wish, Token)).Problem!.Id.ShouldBe("code-unknown");
        (await vision.SubmitAsync(wish with { Project = "speech" }, Token)).Problem!.Id.ShouldBeOneOf("project-limited", "code-unknown");
        (await vision.SubmitAsync(wish with { Code = "../" + code.Id }, Token)).Problem!.Id.ShouldBe("code-unknown");
        (await vision.SubmitAsync(wish with { Spec = wish.Spec with { CodeDirectory = "/etc" } }, Token)).Problem!.Id.ShouldBe("request-malformed");
        (await vision.SubmitAsync(wish with { Code = null, Spec = wish.Spec with { CodeDirectory = "/etc" } }, Token)).Problem!.Id.ShouldBe("outside-shared");
        // Neither its own upload nor another's is named by a path, for anything.
        foreach (var inside in (string[])[place, Path.Combine(place, "sub"), Path.Combine(stage.Root, "shared", "vision", "results", ".CODE")])
        {
            (await vision.SubmitAsync(wish with { Code = null, Spec = wish.Spec with { CodeDirectory = inside } }, Token)).Problem!.Id.ShouldBe("inside-uploads", inside);
            (await vision.SubmitAsync(wish with { ResultsDirectory = inside }, Token)).Problem!.Id.ShouldBe("inside-uploads", inside);
            (await vision.SubmitAsync(wish with { Spec = wish.Spec with { Copies = [inside] } }, Token)).Problem!.Id.ShouldBe("inside-uploads", inside);
        }

        var job = (await vision.SubmitAsync(wish, Token)).Value;
        job.Spec.CodeDirectory.ShouldBe(place);
        job.ResultsDirectory.ShouldBe(Path.Combine(stage.Root, "shared", "vision", "results", "digits"));
        job.Project.ShouldBe("vision");
        (await vision.ResultsAsync(job.Id, Token)).Problem!.Id.ShouldBe("no-receipt");
        (await speech.ResultsAsync(job.Id, Token)).Problem!.Id.ShouldBe("no-such-job");
    }

    [Fact]
    public async Task A_token_that_may_not_submit_may_not_send_code_and_one_of_a_project_sends_to_no_other()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var reader = new ServerClient(door, await stage.TokenAsync("reader", Scope.Read, Scope.Approve, Scope.Admin));
        (await reader.SendCodeAsync(null, TarAsync("x"), null, Token)).Problem!.Id.ShouldBe("scope-missing");
        using var nobody = new ServerClient(door, "lodger_aaaaaaaaaa_00000000000000000000000000000000000000000000000000000000000000ff");
        (await nobody.SendCodeAsync(null, TarAsync("x"), null, Token)).Problem!.Id.ShouldBe("token-needed");
        using var vision = new ServerClient(door, await stage.TokenAsync("vision", "vision", [Scope.Operate]));
        (await vision.SendCodeAsync("speech", TarAsync("x"), null, Token)).Problem!.Id.ShouldBe("project-limited");
        (await vision.SendCodeAsync("../x", TarAsync("x"), null, Token)).Problem!.Id.ShouldBe("request-malformed");
        (await vision.SendCodeAsync(null, TarAsync("../x"), null, Token)).Problem!.Id.ShouldBe("code-archive");
        Directory.Exists(Path.Combine(stage.Root, "shared", "speech")).ShouldBeFalse();
        Directory.EnumerateFileSystemEntries(Path.Combine(stage.Root, "shared", "vision", ".code")).ShouldBeEmpty();
        (await stage.Client.AuditAsync(100, Token)).Value.Where(e => e.Act == "code").Select(e => (e.Who, e.Status)).ShouldBe([("token:reader", 403), ("nobody", 401), ("token:vision", 401), ("token:vision", 400), ("token:vision", 400)]);
    }

    [Fact]
    public async Task A_token_that_sends_slowly_keeps_itself_alone_from_sending()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        using var ci = new ServerClient(door, await stage.TokenAsync("ci", Scope.Operate));
        using var anna = new ServerClient(door, await stage.TokenAsync("anna", Scope.Operate));
        var (begins, ends) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        var slow = ci.SendCodeAsync("vision", async (stream, token) =>
        {
            // So much that nobody who stands still after it for minutes is cut off for how little came.
            await using var tar = new TarWriter(stream, leaveOpen: true);
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, "slow") { DataStream = new MemoryStream(new byte[16 << 20]) }, token);
            begins.SetResult();
            await ends.Task;
        }, null, Token);
        await begins.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
        (await ci.SendCodeAsync("speech", TarAsync("x"), null, Token)).Problem!.Id.ShouldBe("code-busy");
        (await anna.SendCodeAsync("speech", TarAsync("x"), null, Token)).IsOk.ShouldBeTrue();
        ends.SetResult();
        (await slow).IsOk.ShouldBeTrue();
        (await ci.SendCodeAsync("speech", TarAsync("x"), null, Token)).IsOk.ShouldBeTrue();
    }

    [Fact]
    public async Task More_than_a_small_request_may_be_code_and_nothing_else_may()
    {
        await using var stage = await ServerStage.StartAsync();
        var door = await stage.OpenDoorAsync();
        var token = await stage.TokenAsync("ci", Scope.Operate);
        using var ci = new ServerClient(door, token);
        (await ci.SendCodeAsync(null, TarAsync("large", new string('x', (int)LodgerServer.RequestBytesMax + 1000)), null, Token)).Value.Bytes.ShouldBe(LodgerServer.RequestBytesMax + 1000);
        using var visitor = new Visitor(door, token);
        (await visitor.SendAsync("POST", Routes.Jobs, new string('x', (int)LodgerServer.RequestBytesMax + 1000))).Status.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, Expect100ContinueTimeout = TimeSpan.FromMinutes(1) }) { BaseAddress = door };
        using var promised = new HttpRequestMessage(HttpMethod.Post, Routes.Code) { Content = new ByteArrayContent([]) };
        promised.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        promised.Headers.ExpectContinue = true;
        promised.Content.Headers.ContentType = new MediaTypeHeaderValue("application/x-tar");
        promised.Content = new Promise(2L << 30, promised.Content.Headers.ContentType);
        (await http.SendAsync(promised, Token)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    private static Func<Stream, CancellationToken, Task> TarAsync(string name, string? content = null) => async (stream, token) =>
    {
        await using var tar = new TarWriter(stream, leaveOpen: true);
        await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content ?? name)) }, token);
    };

    /// <summary>A body that says how long it is and is asked for never.</summary>
    private sealed class Promise : HttpContent
    {
        private readonly long length;

        public Promise(long length, MediaTypeHeaderValue type)
        {
            this.length = length;
            Headers.ContentType = type;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = this.length;
            return true;
        }
    }
}
