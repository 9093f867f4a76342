using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Lodger.Marketplace.Tests.Sandbox;

namespace Lodger.Marketplace.Tests.Life;

/// <summary>The notebook's port of jupyter instances.</summary>
public sealed class NotebookTests
{
    [Fact]
    public async Task The_notebooks_mapped_port_lets_in_who_has_the_token_that_the_instance_shows_and_nobody_else()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "jupyter_direc ssh_direc ssh_proxy", jupyter_dir = "/workspace/books", onstart = "env > /workspace/env; touch /workspace/done" });
        var shown = (await real.Market.ShowAsync(id))!;
        var (port, token) = (shown["ports"]!["8080/tcp"]![0]!["HostPort"]!.ToString(), shown["jupyter_token"]!.ToString());
        using var http = Client($"http://127.0.0.1:{port}");

        (await StatusAsync(http, "/api")).ShouldBe(HttpStatusCode.OK, "its version is no secret");
        (await StatusAsync(http, "/api/contents")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(http, "/files/a?token=wrong")).ShouldBe(HttpStatusCode.Forbidden);
        (await StatusAsync(http, "/?token=")).ShouldBe(HttpStatusCode.Redirect);
        using (var asked = await http.GetAsync("/tree", TestContext.Current.CancellationToken)) asked.Headers.Location!.ToString().ShouldStartWith("/login");

        (await StatusAsync(http, "/tree?token=" + token)).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(http, "/api/status", token)).ShouldBe(HttpStatusCode.OK);
        (await real.SshAsync(id, "echo hello > /workspace/books/a && ln -s /root/.ssh/authorized_keys /workspace/books/out")).Must();
        JsonNode.Parse(await ReadAsync(http, "/api/contents?token=" + token))!["content"]!.AsArray().Select(f => f!["name"]!.ToString()).ShouldBe(["a", "out"]);
        (await ReadAsync(http, "/files/a?token=" + token)).ShouldBe("hello\n");
        (await StatusAsync(http, "/files/out?token=" + token)).ShouldBe(HttpStatusCode.NotFound, "what leads out of its folder is not there");

        var environment = (await real.SshAsync(id, "for i in $(seq 1000); do test -e /workspace/done && break; sleep 0.1; done; cat /workspace/env")).Must().Output.Split('\n');
        environment.ShouldContain("JUPYTER_TOKEN=" + token);
        environment.ShouldContain("VAST_TCP_PORT_8080=" + port);
    }

    [Fact]
    public async Task Two_notebooks_run_side_by_side_each_with_its_own_token_and_a_stop_ends_one()
    {
        await using var real = await RealMarket.StartAsync();
        var (first, second) = (await real.RunningAsync(Jupyter()), await real.RunningAsync(Jupyter()));
        var (one, other) = ((await real.Market.ShowAsync(first))!, (await real.Market.ShowAsync(second))!);
        using var http = Client(Direct(one));
        (await StatusAsync(http, "/api/status", one["jupyter_token"]!.ToString())).ShouldBe(HttpStatusCode.OK);
        (await StatusAsync(http, "/api/status", other["jupyter_token"]!.ToString())).ShouldBe(HttpStatusCode.Forbidden);

        await real.StopAsync(first);
        await MarketProgram.AwaitAsync(() => AnswersAsync(http), answers => !answers);
        using var still = Client(Direct(other));
        (await StatusAsync(still, "/api/status", other["jupyter_token"]!.ToString())).ShouldBe(HttpStatusCode.OK);

        static object Jupyter() => new { image = "ubuntu", disk = 10, runtype = "jupyter_direc ssh_direc ssh_proxy" };
        static string Direct(JsonNode shown) => $"http://127.0.0.1:{shown["ports"]!["8080/tcp"]![0]!["HostPort"]}";
    }

    [Fact]
    public async Task By_proxy_it_is_on_the_port_that_is_shown_and_ssh_on_the_next_and_it_speaks_tls_too()
    {
        await using var real = await RealMarket.StartAsync();
        var id = await real.RunningAsync(new { image = "ubuntu", disk = 10, runtype = "jupyter_proxy ssh_proxy", use_jupyter_lab = true, env = new { JUPYTER_PORT = "8888" } });
        var shown = (await real.Market.ShowAsync(id))!;
        shown["ports"]!.AsObject().ShouldBeEmpty("only the proxy leads there");
        var port = (int)shown["ssh_port"]!;
        using var http = Client(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        using (var answer = await http.GetAsync("/?token=" + shown["jupyter_token"], TestContext.Current.CancellationToken))
            answer.Headers.Location!.ToString().ShouldBe("/lab");
        (await StatusAsync(http, "/lab")).ShouldBe(HttpStatusCode.OK, "the browser keeps the token");
        (await CurlAsync("/api/status?token=" + shown["jupyter_token"])).ShouldBe("200");
        (await CurlAsync("/api/status")).ShouldBe("403");
        (await real.SshToAsync(port + 1, "hostname")).Must().Output.ShouldBe(string.Create(CultureInfo.InvariantCulture, $"C.{id}\n"));

        async Task<string> CurlAsync(string path) =>
            (await Tool.RunAsync("curl", ["--insecure", "--silent", "--max-time", "60", "--output", "/dev/null", "--write-out", "%{http_code}", string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}{path}")])).Must().Output;
    }

    [Fact]
    public async Task The_port_that_the_environment_names_is_mapped_in_place_of_8080_and_a_folder_must_be_absolute()
    {
        await using var market = await RunningMarket.StartAsync();
        var id = await market.RentAsync(new { image = "ubuntu", disk = 20, runtype = "jupyter_direct", env = new Dictionary<string, string> { ["JUPYTER_PORT"] = "8888", ["-p 8080:8080"] = "1" } });
        (await market.AwaitStatusAsync(id, "running"))["ports"]!.AsObject().Select(p => p.Key).ShouldBe(["22/tcp", "8080/tcp", "8888/tcp"]);

        var offer = (await market.AnyOfferAsync())["id"];
        var (status, refused) = await market.SendAsync(HttpMethod.Put, $"/api/v0/asks/{offer}/", new { image = "ubuntu", disk = 20, runtype = "jupyter", jupyter_dir = "books" });
        status.ShouldBe(HttpStatusCode.BadRequest);
        refused["msg"]!.ToString().ShouldContain("jupyter_dir");
    }

    private static HttpClient Client(string url) => new(new HttpClientHandler { AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(url),
        Timeout = TimeSpan.FromSeconds(60),
    };

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string path, string? token = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("token", token);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<bool> AnswersAsync(HttpClient http)
    {
        try
        {
            return await StatusAsync(http, "/api") == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static Task<string> ReadAsync(HttpClient http, string path) => http.GetStringAsync(path, TestContext.Current.CancellationToken);
}
