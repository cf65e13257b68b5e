# Rails as `rails new` sets it up: its session cookie, its authenticity tokens and its check of Origin.
require "action_controller/railtie"
require "rack/handler/puma"

PORT, MOUNT = ARGV

class Shop < Rails::Application
  config.load_defaults Rails::VERSION::STRING.to_f
  config.eager_load = false
  config.secret_key_base = "for tests only"
  config.logger = Logger.new($stderr)
end

Shop.initialize!

class ShopController < ActionController::Base
  TOKEN = '<input type="hidden" name="authenticity_token" value="<%= form_authenticity_token %>">'

  def form
    render inline: "<form method='post'>#{TOKEN}<input name='username'><input name='password'>" \
                   "<button>sign in</button></form>"
  end

  def sign_in
    return head(:forbidden) unless params[:password] == "lovelace"

    reset_session
    session[:name] = params[:username]
    redirect_to me_url, status: :see_other
  end

  def me
    render inline: "<h1><%= session[:name] || 'nobody' %></h1>" \
                   "<form method='post' action='logout'>#{TOKEN}<button>sign out</button></form>",
           status: session[:name] ? :ok : :unauthorized
  end

  def sign_out
    reset_session
    response.headers["Location"] = me_path # as Turbo and hand-written middleware do; redirect_to writes whole URLs only
    head :found
  end
end

Shop.routes.draw do
  scope MOUNT do
    get "login", to: "shop#form"
    post "login", to: "shop#sign_in"
    get "me", to: "shop#me", as: :me
    post "logout", to: "shop#sign_out"
  end
end
Rack::Handler::Puma.run(Shop, Host: "127.0.0.1", Port: PORT, Silent: true)
