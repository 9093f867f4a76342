using Lodger.Domain.Box;

namespace Lodger.Remote.Tests;

public sealed class LodgeAbandonmentTests
{
    private const string Key = "instance-key-5b1f";

    private static ScriptBox BoxAt(FileServer api, string shell = "dash")
    {
        var box = new ScriptBox(shell);
        box.Environment["LODGER_API_URL"] = api.Url.ToString();
        box.Environment["CONTAINER_ID"] = "4711";
        box.Environment["CONTAINER_API_KEY"] = Key;
        return box;
    }

    private static FileServer Api() => new(_ => FileServer.Ok("{\"success\": true}"));

    private static void ShouldHaveStopped(FileServer api)
    {
        api.Requests.TryPeek(out var request).ShouldBeTrue();
        request!.Method.ShouldBe("PUT");
        request.Path.ShouldBe("/api/v0/instances/4711/");
        request.Body.ShouldBe("{\"state\":\"stopped\"}");
        request.Headers["authorization"].ShouldBe($"Bearer {Key}");
        request.Headers["content-type"].ShouldBe("application/json");
    }

    [Theory]
    [InlineData("dash", "curl")]
    [InlineData("bash", "curl")]
    [InlineData("dash", "wget")]
    [InlineData("dash", "python3")]
    public async Task A_machine_whose_job_ended_and_that_nobody_speaks_to_stops_its_own_rental(string shell, string program)
    {
        using var api = Api();
        using var box = BoxAt(api, shell);
        box.LeaveOnly(program);
        box.Deliver(box.Payload("true") with { StopWhenAbandonedAfter = TimeSpan.FromSeconds(2) });
        box.Boot();
        await box.WaitUntil(() => box.State("self-stop").StartsWith("stopped ", StringComparison.Ordinal), "the rental's own stop");
        ShouldHaveStopped(api);
        box.State("self-stop").ShouldEndWith("the job is over and nobody spoke to this machine for 2 s");
        box.State("phase").ShouldBe("Ended");
    }

    [Fact]
    public async Task Contact_keeps_it_alive_and_without_a_limit_it_never_stops_itself()
    {
        using var api = Api();
        using var box = BoxAt(api);
        box.SetContact(DateTime.UtcNow.AddHours(1));
        box.Deliver(box.Payload("true") with { StopWhenAbandonedAfter = TimeSpan.FromSeconds(1) });
        box.Boot();
        using var optedOut = BoxAt(api);
        optedOut.SetContact(DateTime.UnixEpoch);
        optedOut.Deliver(optedOut.Payload("true"));
        optedOut.Boot();
        await box.WaitFor(BoxPhase.Ended);
        await optedOut.WaitFor(BoxPhase.Ended);
        await box.WaitForHeartbeats(4);
        await optedOut.WaitForHeartbeats(4);
        api.Requests.ShouldBeEmpty();

        box.SetContact(DateTime.UnixEpoch);
        await box.WaitUntil(() => !api.Requests.IsEmpty, "the stop once contact has ended");
        optedOut.State("self-stop").ShouldBeEmpty();
    }

    [Fact]
    public void A_report_counts_as_contact()
    {
        using var box = new ScriptBox();
        box.Deliver(box.Payload("true"));
        box.SetContact(DateTime.UnixEpoch);
        box.Report();
        File.GetLastWriteTimeUtc(Path.Combine(box.Layout.StateDirectory, "contact")).ShouldBeGreaterThan(DateTime.UtcNow.AddMinutes(-5));
    }

    [Fact]
    public async Task A_stalled_job_that_nobody_looks_at_stops_its_rental_and_a_lively_one_does_not()
    {
        using var api = Api();
        using var box = BoxAt(api);
        var limits = box.Payload("echo begun; sleep 600") with { StallAfter = TimeSpan.FromSeconds(1), StopWhenAbandonedAfter = TimeSpan.FromSeconds(1), ProgressFile = "progress" };
        box.Deliver(limits);
        using var otherApi = Api();
        using var lively = BoxAt(otherApi);
        var progress = Path.Combine(lively.Workdir, "progress");
        await File.WriteAllTextAsync(progress, "step 1", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(progress, DateTime.UtcNow.AddHours(1));
        lively.Deliver(limits with { Workdir = lively.Workdir });
        lively.Boot();
        box.Boot();
        await box.WaitUntil(() => !api.Requests.IsEmpty, "the stop");
        ShouldHaveStopped(api);
        await lively.WaitFor(BoxPhase.Running);
        await lively.WaitForHeartbeats(4);
        otherApi.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_silent_job_whose_gpu_works_is_no_stalled_one()
    {
        using var api = Api();
        using var box = BoxAt(api);
        box.NvidiaSmi(ScriptBox.Rtx4090.Replace(" 3,", " 97,", StringComparison.Ordinal));
        box.Deliver(box.Payload("sleep 600") with { StallAfter = TimeSpan.FromSeconds(1), StopWhenAbandonedAfter = TimeSpan.FromSeconds(1) });
        box.Boot();
        await box.WaitUntil(() => File.Exists(Path.Combine(box.Layout.StateDirectory, "gpu-busy")), "a look at the GPU");
        await box.WaitForHeartbeats(4);
        api.Requests.ShouldBeEmpty();
        box.NvidiaSmi(ScriptBox.Rtx4090);
        await box.WaitUntil(() => !api.Requests.IsEmpty, "the stop once the GPU is idle too");
    }

    [Theory]
    [InlineData("dash")]
    [InlineData("bash")]
    public async Task A_machine_that_never_gets_a_payload_stops_its_rental(string shell)
    {
        using var api = Api();
        using var box = BoxAt(api, shell);
        box.Environment["LODGER_PAYLOAD_WAIT_S"] = "1";
        box.Boot();
        await box.WaitUntil(() => box.State("self-stop").StartsWith("stopped ", StringComparison.Ordinal), "the stop");
        ShouldHaveStopped(api);
    }

    [Fact]
    public async Task A_stop_that_the_platform_refuses_is_said_in_the_state_file()
    {
        using var api = new FileServer(_ => FileServer.Ok("{\"success\": false, \"msg\": \"no\"}"));
        using var box = BoxAt(api);
        box.Deliver(box.Payload("true") with { StopWhenAbandonedAfter = TimeSpan.FromSeconds(1) });
        box.Boot();
        await box.WaitUntil(() => box.State("self-stop").StartsWith("failed ", StringComparison.Ordinal), "the failure");
        box.State("self-stop").ShouldContain("\"msg\": \"no\"");
        box.State("self-stop").ShouldNotContain(Key);
    }
}
